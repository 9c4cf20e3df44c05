package event

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// conformance returns the folder of recorded cases beside the module, and skips
// the test where there is none.
func conformance(t testing.TB, parts ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the working directory")
		}
	}
	path := filepath.Join(append([]string{filepath.Dir(dir), "shared", "conformance"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no conformance data: %v", err)
	}
	return path
}

// decoded returns a JSON text as values whose numbers are kept exactly.
func decoded(t testing.TB, text []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// Every recorded event must come out as it went in. Only the raw form can
// promise that for the newer era, whose flags are numbers.
func TestConformanceEvents(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(conformance(t, "tracee"), "*", "*", "*", "*.json"))
	contract, _ := filepath.Glob(filepath.Join(conformance(t, "tracee"), "rego-contract", "*.json"))
	count := 0
	for _, file := range append(files, contract...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Mode   string            `json:"args_mode"`
			Events []json.RawMessage `json:"events"`
		}
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for i, want := range doc.Events {
			e, err := ParseJSON(want)
			if err != nil {
				t.Errorf("%s, event %d: %v", file, i, err)
				continue
			}
			count++
			got := AppendRawJSON(nil, e)
			if !reflect.DeepEqual(decoded(t, got), complete(t, decoded(t, want))) {
				t.Errorf("%s, event %d:\n got %s\nwant %s", file, i, got, want)
			}
			if parsed := AppendJSON(nil, e); doc.Mode == "parsed" && !bytes.Equal(parsed, got) {
				t.Errorf("%s, event %d: the parsed form differs:\n got %s\nwant %s", file, i, parsed, got)
			}
		}
	}
	if count < 200 {
		t.Errorf("only %d events were found", count)
	}
}

// complete makes of a case what it means: missing keys have their zero values,
// null arguments are none, and the container's id, which some cases give under
// one of its two keys only, is one fact that Weir writes under both.
func complete(t *testing.T, v any) any {
	e := decoded(t, AppendRawJSON(nil, &Event{Shape: &Shape{}, Context: &Context{}})).(map[string]any)
	for key, value := range v.(map[string]any) {
		if key != "args" || value != nil {
			e[key] = value
		}
	}
	c := e["container"].(map[string]any)
	switch {
	case c["id"] == nil && e["containerId"] != "":
		c["id"] = e["containerId"]
	case c["id"] != nil && e["containerId"] == "":
		e["containerId"] = c["id"]
	}
	return e
}

// Whatever either version of Tracee accepts keeps its value, and what they
// reject because of its type is kept too.
func TestConformanceArguments(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(conformance(t, "tracee", "event-json"), "*.json"))
	if len(files) == 0 {
		t.Fatal("no files")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []struct{ JSON string }
		if err := json.Unmarshal(text, &cases); err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			e, err := ParseJSON([]byte(`{"args":[` + c.JSON + `]}`))
			if err != nil {
				t.Errorf("%s: %v", c.JSON, err)
				continue
			}
			got := appendArgs(nil, e, false)
			want := `,"args":[` + c.JSON + `]`
			if string(got) != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}
