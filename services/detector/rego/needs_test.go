package rego

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
)

// namesOf are the keys in n, "*" for all.
func namesOf(n needs) string {
	if n == everything {
		return "*"
	}
	var names []string
	for i, f := range fields {
		if n.has(i) {
			names = append(names, f.name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// withoutImport drops the import of the library, which looks at the arguments,
// where nothing of it is used.
func withoutImport(text string) string {
	if strings.Contains(text, "helpers.get") {
		return text
	}
	return strings.Replace(text, "import data.tracee.helpers\n", "", 1)
}

func TestNeeds(t *testing.T) {
	cases := []struct{ name, body, want string }{
		{"none", "tracee_match := true", ""},
		{"a key", `tracee_match if input.eventName == "x"`, "eventName"},
		{"a key in brackets", `tracee_match if input["eventName"] == "x"`, "eventName"},
		{"a key below a key", `tracee_match if input.executable.path == "x"`, "executable"},
		{"by the library", `tracee_match if helpers.get_tracee_argument("x")`, "args"},
		{"a key no event has", `tracee_match if input.eventNmae == "x"`, ""},
		{"the whole input", `tracee_match if { x := input; x.eventName == "x" }`, "*"},
		{"the whole input as an argument", `tracee_match if count(input) > 3`, "*"},
		{"the whole input to a function", "tracee_match if f(input)\nf(x) if x.eventName", "*"},
		{"a key to be found", `tracee_match if { some k; input[k] == "x" }`, "*"},
		{"a key that is worked out", `tracee_match if input[concat("", ["event", "Name"])]`, "*"},
		{"a walk", `tracee_match if walk(input, [_, "x"])`, "*"},
		{"inside a reference", `tracee_match if {"x": 1}[input.eventName]`, "eventName"},
		{"inside a comprehension", `tracee_match := {"a": [x | some x in input.args; x.name == input.syscall]}`, "args syscall"},
		{"in another place", `tracee_match if input.eventName with input as {"eventName": "x"}`, "*"},
		{"part in another place", `tracee_match if input.syscall with input.syscall as "x"`, "syscall"},
		{"in every and not", `tracee_match if { every a in input.args { a.name != "x" }; not input.userId == 0 }`, "args userId"},
		{"in a rule of the signature", "tracee_match if other\nother if input.processName", "processName"},
		{"in an else", `tracee_match := {"a": 1} if input.hostName == "" else := {"b": input.cgroupId}`, "cgroupId hostName"},
		{"in a head", `tracee_match := {"pid": input.processId}`, "processId"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			loader := NewLoader(Options{})
			programs, problems := loader.Load(t.Context(), files(map[string]string{"a.rego": withoutImport(v1(c.body))}), "")
			if len(programs) != 1 {
				t.Fatal(problems)
			}
			if got := namesOf(loader.demand.needs()); got != c.want {
				t.Errorf("needs %q, want %q", got, c.want)
			}
			checkSameAsWhole(t, loader, programs)
		})
	}
}

// checkSameAsWhole evaluates every sample twice, with what is needed and with
// the whole document.
func checkSameAsWhole(t *testing.T, loader *Loader, programs []engine.Program) {
	t.Helper()
	var events []*event.Event
	for _, name := range []string{"host", "full", "empty"} {
		events = append(events, samples()[name])
	}
	part, partFaults := directEvents(t, programs, events...)
	loader.demand.add(everything)
	whole, wholeFaults := directEvents(t, programs, events...)
	if got, want := asJSON(t, part), asJSON(t, whole); got != want || partFaults != wholeFaults {
		t.Errorf("with what is needed %s, %d faults; with everything %s, %d faults", got, partFaults, want, wholeFaults)
	}
}

func TestNeedsOfOneLoaderAddUp(t *testing.T) {
	loader := NewLoader(Options{})
	var programs []engine.Program
	for _, body := range []string{
		`tracee_match := {"n": input.eventName}`, `tracee_match := {"p": input.hostProcessId}`,
	} {
		more, problems := loader.Load(t.Context(), files(map[string]string{"a.rego": withoutImport(v1(body))}), "")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		programs = append(programs, more...)
	}
	if got := namesOf(loader.demand.needs()); got != "eventName hostProcessId" {
		t.Errorf("needs %q", got)
	}
	matches, _ := directEvents(t, programs, samples()["full"])
	if got := asJSON(t, matches); got != `[{"event_index":0,"signature_id":"V1","data":{"n":"kinds"}},`+
		`{"event_index":0,"signature_id":"V1","data":{"p":4}}]` {
		t.Errorf("matches %s", got)
	}
}

// Each key alone must be what the whole document has under it.
func TestInputByKey(t *testing.T) {
	for name, e := range samples() {
		whole, err := ast.ValueFromReader(bytes.NewReader(event.AppendJSON(nil, e)))
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range fields {
			part, ok := inputTerm(e, 1<<i).Value.(ast.Object)
			if !ok || part.Len() > 1 {
				t.Fatalf("%s: %s is %v", name, f.name, part)
			}
			want, err := whole.Find(ast.Ref{f.key})
			if (err != nil) != (part.Len() == 0) {
				t.Errorf("%s: %s is there: %v, want %v", name, f.name, part.Len() == 1, err == nil)
			}
			if err == nil && part.Get(f.key).Value.Compare(want) != 0 {
				t.Errorf("%s: %s is %v, want %v", name, f.name, part.Get(f.key), want)
			}
		}
	}
	if len(fields) > 64 {
		t.Errorf("%d fields do not fit into needs", len(fields))
	}
}
