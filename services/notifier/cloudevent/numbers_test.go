package cloudevent

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestQuoteExtremes(t *testing.T) {
	digits := strings.Repeat("9", 400)
	tests := []struct{ name, in, want string }{
		{"none", `{"a":[1,-2.5e3,true,null,"x"]}`, `{"a":[1,-2.5e3,true,null,"x"]}`},
		{"exponent", `{"a":1e968}`, `{"a":"1e968"}`},
		{"negative", `[-1E+999,2]`, `["-1E+999",2]`},
		{"many digits", `[` + digits + `]`, `["` + digits + `"]`},
		{"small is no harm", `[1e-999]`, `[1e-999]`},
		{"two of them", `[1e400,1,1e500]`, `["1e400",1,"1e500"]`},
		{"inside of strings", `{"1e999":"1e999 \" 1e999 \\"}`, `{"1e999":"1e999 \" 1e999 \\"}`},
		{"alone", `1e999`, `"1e999"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(quoteExtremes([]byte(tt.in)))
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if !json.Valid([]byte(got)) {
				t.Errorf("%s is no JSON", got)
			}
		})
	}
}

// A finding with such a number can be read by the SDK and everybody else.
func TestExtremeNumbersStayReadable(t *testing.T) {
	d := sample(t)
	d.Finding.Data = map[string]any{"n": json.Number("1e968")}
	d.Finding.Event = json.RawMessage(`{"args":[{"value":-1e968}]}`)
	got, err := Parse(marshal(t, d))
	if err != nil {
		t.Fatal(err)
	}
	if data := got.Finding.Data.(map[string]any); data["n"] != "1e968" {
		t.Errorf("n = %v, want the text 1e968", data["n"])
	}
}

func FuzzQuoteExtremes(f *testing.F) {
	f.Add([]byte(`{"a":[1e999,"\\\"1e999",-0.0e0]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) {
			return
		}
		got := quoteExtremes(data)
		var v any
		if err := json.Unmarshal(got, &v); err != nil && !strings.Contains(err.Error(), "depth") {
			t.Errorf("%s became %s: %v", data, got, err)
		}
	})
}
