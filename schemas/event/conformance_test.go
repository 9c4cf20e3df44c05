package event

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/conformance"
)

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
	files := conformance.Files(t, "tracee/*/*/*/*.json")
	contract := conformance.Files(t, "tracee/rego-contract/*.json")
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

// argumentCase is one argument and what a version of Tracee made of it.
type argumentCase struct {
	JSON, Reencoded string
	// Error says that Tracee rejected the event for its type.
	Error string
}

// kept reports whether Weir keeps an argument as it is where Tracee changes it:
// a whole number that a floating-point type cannot hold, a type that stands for
// an address, and numbers in a list of texts.
func (c argumentCase) kept(t *testing.T) bool {
	t.Helper()
	var a struct {
		Type  string
		Value any
	}
	if err := json.Unmarshal([]byte(c.JSON), &a); err != nil {
		t.Fatal(err)
	}
	list, isList := a.Value.([]any)
	number, isNumber := a.Value.(float64)
	switch a.Type {
	case "float", "float64", "double":
		return isNumber && number > 1<<24
	case "[]string":
		return isList && reflect.DeepEqual(list, []any{1.0, 2.0})
	}
	if !strings.Contains(a.Type, "*") {
		return false
	}
	return isNumber || isList && reflect.DeepEqual(list, []any{1.0, 2.0})
}

// Whatever either version of Tracee accepts keeps its value, and what they
// reject because of its type is kept too.
func TestConformanceArguments(t *testing.T) {
	files := conformance.Files(t, "tracee/event-json/*.json")
	checked, kept := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []argumentCase
		if err := json.Unmarshal(text, &cases); err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			checked++
			want := c.Reencoded
			switch {
			case c.Error != "":
				want = c.JSON
			case want != c.JSON && c.kept(t):
				want = c.JSON
				kept++
			}
			e, err := ParseJSON([]byte(`{"args":[` + c.JSON + `]}`))
			if err != nil {
				t.Errorf("%s: %v", c.JSON, err)
				continue
			}
			if got := string(appendArgs(nil, e, false)); got != `,"args":[`+want+`]` {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
	if checked != 960 || kept != 39 {
		t.Errorf("%d cases, want 960; %d changed by Tracee and kept by Weir, want 39", checked, kept)
	}
}
