package lint

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/weirsec/weir/internal/conformance"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/rego"
)

// validators holds the schema of each event, compiled.
func validators(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	all := map[string]*jsonschema.Schema{}
	known := shapes(catalogue.Shapes())
	for _, name := range append(catalogue.Names(), "") {
		document, err := known.schema(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		read, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("event.json", read); err != nil {
			t.Fatal(err)
		}
		if all[name], err = c.Compile("event.json"); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// fits holds an event, as signatures see it and with its arguments by name,
// against the schema that they are checked with: what a real event has must
// never be called a mistake. An argument that could not be read has no type.
func fits(t *testing.T, all map[string]*jsonschema.Schema, e *event.Event) {
	t.Helper()
	document, err := ast.JSON(rego.Document(e).Value)
	if err != nil {
		t.Fatal(err)
	}
	fields, ok := document.(map[string]any)
	list, isList := fields["args"].([]any)
	if !ok || !isList {
		t.Fatalf("%s is no document", e.Name())
	}
	args := map[string]any{}
	for _, one := range list {
		arg, ok := one.(map[string]any)
		name, isText := arg["name"].(string)
		if !ok || !isText {
			t.Fatalf("%v is no argument", one)
		}
		if arg["value"] != nil {
			args[name] = arg["value"]
		}
	}
	fields[argsKey] = args
	if err := all[e.Name()].Validate(document); err != nil {
		t.Errorf("%s: %v", e.Name(), err)
	}
}

// Events that were recorded on a real kernel fit.
func TestSchemasFitTheKernel(t *testing.T) {
	file, err := os.Open(filepath.Join("..", "..", "..", "schemas", "record", "testdata", "sample.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all := validators(t)
	seen := map[string]int{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		e, err := event.ParseJSON(lines.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		seen[e.Name()]++
		fits(t, all, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(seen) < 5 {
		t.Errorf("only events %v", seen)
	}
}

// recorded returns the recorded events of Tracee in both of its vocabularies;
// the test is skipped where they are absent.
func recorded(t *testing.T) []*event.Event {
	t.Helper()
	files := conformance.Files(t, "tracee/go-signatures/*/*/*.json")
	var events []*event.Event
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Events []json.RawMessage `json:"events"`
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		for _, raw := range c.Events {
			e, err := event.ParseJSON(raw)
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
		}
	}
	return events
}

// The arguments of recorded events of Tracee have the types that are expected
// of Weir's, where Weir has an event of that name and such an argument.
func TestSchemasFitTracee(t *testing.T) {
	known := shapes(catalogue.Shapes())
	all := validators(t)
	checked := 0
	for _, e := range recorded(t) {
		have, ok := known.arguments([]string{e.Name()})
		if !ok {
			continue
		}
		checked++
		kept := &event.Event{Shape: &event.Shape{ID: e.Shape.ID, Name: e.Shape.Name}, Context: e.Context}
		for i, arg := range e.Shape.Args {
			if slices.Contains(have, arg.Name) {
				kept.Shape.Args = append(kept.Shape.Args, arg)
				kept.Values = append(kept.Values, e.Values[i])
			}
		}
		fits(t, all, kept)
	}
	if checked < 50 {
		t.Errorf("only %d events", checked)
	}
}

// Each schema knows the arguments of its event and no others; the general one
// takes any.
func TestSchemasAreStrict(t *testing.T) {
	all := validators(t)
	base := func(args map[string]any) any {
		e := &event.Event{Shape: &event.Shape{Name: "openat"}, Context: &event.Context{}}
		document, err := ast.JSON(rego.Document(e).Value)
		if err != nil {
			t.Fatal(err)
		}
		fields, ok := document.(map[string]any)
		if !ok {
			t.Fatalf("%T", document)
		}
		fields[argsKey] = args
		return fields
	}
	cases := []struct {
		name, event string
		args        map[string]any
		fits        bool
	}{
		{"nothing", "openat", map[string]any{}, true},
		{"words", "openat", map[string]any{"flags": "O_RDONLY", "pathname": "/x"}, true},
		{"a number for words", "openat", map[string]any{"flags": json.Number("1")}, false},
		{"an argument of another event", "openat", map[string]any{"argv": []any{"x"}}, false},
		{"texts", "execve", map[string]any{"argv": []any{"x"}}, true},
		{"a text for texts", "execve", map[string]any{"argv": "x"}, false},
		{"an address", "connect", map[string]any{"addr": map[string]any{"sa_family": "AF_UNIX"}}, true},
		{"a bool", "sched_process_exit", map[string]any{"process_group_exit": true}, true},
		{"a number for a bool", "sched_process_exit", map[string]any{"process_group_exit": json.Number("1")}, false},
		{"any event", "", map[string]any{"whatever": nil}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := all[c.event].Validate(base(c.args)); (err == nil) != c.fits {
				t.Errorf("%v, want fitting %v", err, c.fits)
			}
		})
	}
}
