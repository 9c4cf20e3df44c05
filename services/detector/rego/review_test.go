package rego

import (
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/schemas/event"
)

// asOld is the body of a match as a signature in the older dialect, in which
// most of the existing ones are written.
func asOld(body string) string {
	return `package tracee.old

import data.tracee.helpers
import data.lib

__rego_metadoc__ = {"id": "OLD", "version": "1"}

tracee_selected_events[s] { s := {"source": "tracee"} }

` + body + "\n"
}

// twoFiles loads a signature in the older dialect with a library of its own.
func twoFiles(t *testing.T, body, library string) *program {
	t.Helper()
	files := fstest.MapFS{"old.rego": &fstest.MapFile{Data: []byte(asOld(body))}}
	if library != "" {
		files["lib.rego"] = &fstest.MapFile{Data: []byte("package lib\n" + library + "\n")}
	}
	programs, problems := NewLoader(Options{}).Load(t.Context(), files, "")
	if len(programs) != 1 {
		t.Fatal(problems)
	}
	return programs[0].(*program)
}

// opened is an openat event with these arguments, in pairs.
func opened(args ...any) *event.Event {
	e := &event.Event{Shape: &event.Shape{Name: "openat"}, Context: &event.Context{ProcessName: "bash"}}
	for i := 0; i < len(args); i += 2 {
		e.Shape.Args = append(e.Shape.Args, event.ArgSpec{Name: args[i].(string), Type: "x"})
		value, ok := args[i+1].(event.Value)
		if !ok {
			value = event.String(args[i+1].(string))
		}
		e.Values = append(e.Values, value)
	}
	return e
}

// Loops over arguments that have nothing to do with each other, but variables of
// the same name: what one says of its argument is not said of the other's.
func TestLoopsWithVariablesOfOneName(t *testing.T) {
	for _, c := range []struct {
		name, body, library string
		// event is one that matches, or not.
		event *event.Event
		match bool
	}{
		{
			"a loop in a function and one around it",
			`tracee_match { named(input.args[i]) }
named(a) { a.name == "pathname"; input.args[i].value == "x" }`, "",
			opened("pathname", "y", "other", "x"), true,
		},
		{
			"wildcards of two files",
			`tracee_match { lib.named(input.args[_]) }`,
			`named(a) { a.name == "pathname"; input.args[_].value == "x" }`,
			opened("pathname", "y", "other", "x"), true,
		},
		{
			"a function that gives an argument, called twice",
			`arg(n) = input.args[i] { input.args[i].name == n }
tracee_match { a := arg("pathname"); b := arg("flags"); a.name == "pathname"; a.value == "x"; b.value == "y" }`, "",
			opened("pathname", "x", "flags", "y"), true,
		},
		{
			"a rule that gives an argument and a loop",
			`any_arg = input.args[i] { input.args[i].name == "pathname" }
tracee_match { a := any_arg; a.name == "pathname"; input.args[i].value == "y" }`, "",
			opened("pathname", "x", "flags", "y"), true,
		},
		{
			"the same argument said in two functions",
			`tracee_match { named(input.args[i]); input.args[i].value == "x" }
named(a) { a.name == "pathname" }`, "",
			opened("pathname", "y", "flags", "x"), false,
		},
		{
			"an argument handed through two functions",
			`tracee_match { one(input.args[i]) }
one(a) { two(a); input.args[i].value == "z" }
two(a) { a.name == "pathname"; startswith(a.value, "/etc") }`, "",
			opened("pathname", "/etc/x", "flags", "z"), true,
		},
	} {
		t.Run(c.name, func(t *testing.T) { checkAll(t, twoFiles(t, c.body, c.library), c.event, c.match) })
	}
}

// checkAll holds every way of evaluating a signature against what is right.
func checkAll(t *testing.T, p *program, e *event.Event, match bool) {
	t.Helper()
	r := newRival(p)
	if r.run == nil {
		t.Fatalf("not compiled: %s", p.reason)
	}
	if difference := r.compare(t.Context(), e); difference != "" {
		t.Error(difference)
	}
	if got := r.matches == 1; got != match {
		t.Errorf("topdown: match %v", got)
	}
}

// Names that are no UTF-8 are shown with U+FFFD, by which a signature may ask
// for them.
func TestNamesThatAreNoText(t *testing.T) {
	broken := &event.Event{
		Shape:  &event.Shape{Name: "open\xff", Args: []event.ArgSpec{{Name: "path\xff", Type: "x"}}},
		Values: []event.Value{event.Map("k\xff", "v", "k\xfe", "w")}, Context: &event.Context{ProcessName: "\xff"},
	}
	twice := &event.Event{
		Shape:  &event.Shape{Name: "openat", Args: []event.ArgSpec{{Name: "path\xff", Type: "x"}, {Name: "path\xfe", Type: "x"}}},
		Values: []event.Value{event.String("a"), event.String("a")}, Context: &event.Context{},
	}
	for _, c := range []struct {
		name, body string
		event      *event.Event
		match      bool
	}{
		{"an event", `tracee_match { input.eventName == "open\ufffd" }`, broken, true},
		{"an event by its start", `tracee_match { startswith(input.eventName, "open\ufffd") }`, broken, true},
		{"an argument", `tracee_match { helpers.get_tracee_argument("path\ufffd")["k\ufffd"] == "w" }`, broken, true},
		{"an argument in a loop", `tracee_match { a := input.args[_]; a.name == "path\ufffd"; a.value["k\ufffd"] == "w" }`, broken, true},
		{"a member before", `tracee_match { helpers.get_tracee_argument("path\ufffd")["k\ufffd"] == "v" }`, broken, false},
		{"two arguments", `tracee_match { helpers.get_tracee_argument("path\ufffd") == "a" }`, twice, true},
		{"a process", `tracee_match { input.processName == "\ufffd" }`, broken, true},
	} {
		t.Run(c.name, func(t *testing.T) { checkAll(t, twoFiles(t, c.body, ""), c.event, c.match) })
	}
}
