package bucket

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestParseValue(t *testing.T) {
	for text, want := range map[string]map[string]any{
		"":                                    {"value": ""},
		"ok":                                  {"value": "ok"},
		"[1]":                                 {"value": "[1]"},
		"12":                                  {"value": "12"},
		" {} ":                                {},
		`{"a": 12345678901234567, "b": [{}]}`: {"a": json.Number("12345678901234567"), "b": []any{map[string]any{}}},
	} {
		if got, err := ParseValue([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"{": "begins like a JSON object", `{"a": 1} x`: "stands behind", "{} {}": "stands behind", "\xff": "UTF-8",
	} {
		if _, err := ParseValue([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestParseSchema(t *testing.T) {
	if got, err := ParseSchema([]byte(`{"b": "string", "a": "int"}`)); got != `{"a":"int","b":"string"}` || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	for _, text := range []string{"", "null", "[]", `{"a": 1}`} {
		if _, err := ParseSchema([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

// FuzzParseValue checks that a result can be told on, and that nobody's copy is
// another's.
func FuzzParseValue(f *testing.F) {
	f.Add([]byte(`{"a": [1, {"b": null}]}`))
	f.Add([]byte("text"))
	f.Fuzz(func(t *testing.T, data []byte) {
		value, err := ParseValue(data)
		if err != nil {
			return
		}
		copied := own(value)
		if !reflect.DeepEqual(value, copied) {
			t.Fatalf("%v became %v", value, copied)
		}
		if _, err := json.Marshal(copied); err != nil {
			t.Fatal(err)
		}
	})
}
