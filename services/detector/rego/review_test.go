package rego

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
	"unsafe"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/stopwatch"
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

// An event with a deep document in it costs what the budget allows, and no more.
func TestWalkThroughADeepDocument(t *testing.T) {
	p := twoFiles(t, `tracee_match { walk(helpers.get_tracee_argument("p"), [_, 7]) }`, "")
	deep := func(n int, inside string) *event.Event {
		return opened("p", event.JSON(strings.Repeat(`{"a":[`, n)+inside+strings.Repeat("]}", n)))
	}
	checkAll(t, p, deep(200, "7"), true)
	checkAll(t, p, deep(200, "8"), false)
	r := newRival(p)
	r.event.Reset(deep(4500, "7"))
	start := time.Now()
	_, err := r.run.eval(t.Context(), &r.event)
	if !errors.Is(err, engine.ErrBudget) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("took %s", took)
	}
}

// texts is a batch of events in memory that the next batch uses again.
type texts struct{ memory []byte }

// text returns a text that lies in the memory.
func (b *texts) text(s string) string {
	at := len(b.memory)
	b.memory = append(b.memory, s...)
	return unsafe.String(&b.memory[at], len(s))
}

// overwrite does what decoding the next batch does.
func (b *texts) overwrite() {
	for i := range b.memory {
		b.memory[i] = '#'
	}
	b.memory = b.memory[:0]
}

// event is one whose texts all lie in the memory.
func (b *texts) event(path string) *event.Event {
	e := opened("pathname", b.text(path), "argv", event.Strings([]string{b.text("a1"), b.text("b1")}),
		"remote_addr", event.Map(b.text("sa_family"), b.text("AF_UNIX"), b.text("sun_path"), b.text("/s")),
		"j", event.JSON(b.text(`{"k":["v",1.50]}`)), "bytes", event.Bytes(b.text("\x7fELF")))
	e.Context.ProcessName, e.Context.Container.ID = b.text("name"), b.text("cid")
	e.Syscall = b.text("sys")
	return e
}

// Findings hold nothing of the memory that their events lay in, nor does what
// signatures remember between events.
func TestFindingsOutliveTheirEvents(t *testing.T) {
	const body = `tracee_match = {"path": p, "list": l, "all": input, "map": m, p: 1, "set": {x | x = l[_]}, "parts": split(p, "/"),
	"cut": substring(p, 1, -1), "trim": trim_prefix(p, "/"), "one": m[_k], "j": j, "b": b, "key": {[p]: l, 1.50: p},
	"re": regex.match(p, p)} {
	p = helpers.get_tracee_argument("pathname")
	l = helpers.get_tracee_argument("argv")
	m = helpers.get_tracee_argument("remote_addr")
	_k = "sun_path"
	j = helpers.get_tracee_argument("j")
	b = helpers.get_tracee_argument("bytes")
}`
	p := twoFiles(t, body, "")
	set := engine.NewSet([]engine.Program{p}, engine.Limits{})
	evaluator, memory := set.Evaluator(), &texts{memory: make([]byte, 0, 1<<16)}
	var kept []map[string]any
	for _, path := range []string{"/etc/first", "/etc/second", "/etc/third", "/etc/first"} {
		matches, faults := evaluator.Evaluate(t.Context(), memory.event(path))
		if len(matches) != 1 || len(faults) != 0 {
			t.Fatalf("%d matches, %v", len(matches), faults)
		}
		kept = append(kept, matches[0].Data)
		memory.overwrite()
	}
	for i, path := range []string{"/etc/first", "/etc/second", "/etc/third", "/etc/first"} {
		shown := asJSON(t, kept[i])
		if kept[i]["path"] != path || kept[i][path] == nil || strings.Contains(shown, "#") || strings.Contains(shown, "??") {
			t.Errorf("the finding on %s became %s", path, shown)
		}
	}
	if tier, reason := p.Tier(); tier != TierCompiled {
		t.Error(reason)
	}
}

// One Set serves any number of goroutines, each with an Evaluator: constants,
// patterns and prefilters are shared.
func TestEvaluatorsOfOneSetAtOnce(t *testing.T) {
	files := fstest.MapFS{}
	for name, body := range oddities() {
		files[fmt.Sprintf("odd/%s.rego", name)] = &fstest.MapFile{Data: []byte(asSignature(name, body))}
	}
	programs, _ := NewLoader(Options{ShadowEvery: 7}).Load(t.Context(), files, "corpus")
	// None is stopped for what it costs on a busy machine.
	limits := engine.Limits{ErrorShare: 2, Cost: time.Hour}
	count := func(set *engine.Set, seed uint64) map[string]int {
		evaluator, events, r := set.Evaluator(), stream(60, 3), rand.New(rand.NewPCG(seed, 5))
		found := map[string]int{}
		for _, e := range events {
			matches, _ := evaluator.Evaluate(t.Context(), mutate(r, e))
			for _, m := range matches {
				found[m.Signature.Metadata.ID]++
			}
		}
		return found
	}
	set := engine.NewSet(programs, limits)
	got := make([]map[string]int, 6)
	var all sync.WaitGroup
	for i := range got {
		all.Go(func() { got[i] = count(set, uint64(i%3)) })
	}
	all.Wait()
	for i := range got {
		if want := count(set, uint64(i%3)); !maps.Equal(got[i], want) || len(want) < 10 {
			t.Errorf("goroutine %d: %v, alone %v", i, got[i], want)
		}
	}
}

// Loops over long lists of constants are a matter of the signature's evaluation,
// not of looking through it.
func TestConditionsOfLongLists(t *testing.T) {
	var list []string
	for i := range 4000 {
		list = append(list, fmt.Sprintf("%q", fmt.Sprintf("/path/%d", i)))
	}
	all := "[" + strings.Join(list, ", ") + "]"
	for _, c := range []struct {
		name, body string
		guarded    bool
	}{
		{"two lists", `tracee_match { a = list[_]; b = list[_]; a == b; helpers.get_tracee_argument("pathname") == a }`, true},
		{"prefixes of a list", `tracee_match { strings.any_prefix_match(list[_], list); true }`, false},
		{"a function of two", `same(x, y) { x == y }
tracee_match { same(list[_], list[_]); same(helpers.get_tracee_argument("pathname"), "x") }`, true},
		{"membership", `tracee_match { helpers.get_tracee_argument("pathname") == list[_] }`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := twoFiles(t, "list = "+all+"\n"+c.body, "")
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			start := stopwatch.ThreadTime()
			found := p.Condition("openat")
			if took := stopwatch.ThreadTime() - start; took > time.Second {
				t.Errorf("took %s", took)
			}
			if found.IsAny() == c.guarded {
				t.Errorf("asks for nothing: %v", found.IsAny())
			}
		})
	}
}
