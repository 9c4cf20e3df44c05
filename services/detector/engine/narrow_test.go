package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/prefilter"
	"github.com/weirsec/weir/signatures/sdk"
)

func narrowed(name, origin string, w sdk.Where) sdk.Selector {
	return sdk.Selector{Source: sdk.Source, Name: name, Origin: origin, Where: &w}
}

func TestInterest(t *testing.T) {
	never := func(string) prefilter.Condition { return prefilter.Never() }
	openat := func(scopes ...interest.Scope) []interest.Event {
		return []interest.Event{{Name: "openat", Scopes: scopes}}
	}
	under := func(paths ...string) interest.Scope { return interest.Scope{Paths: paths} }
	var nine []sdk.Selector
	for i := range 9 {
		nine = append(nine, narrowed("openat", "", sdk.Where{Comms: []string{fmt.Sprint(i)}, UIDs: []uint32{uint32(i)}}))
	}
	for _, c := range []struct {
		name     string
		programs []Program
		want     []interest.Event
	}{
		{"nobody", nil, nil},
		{"no condition", []Program{always("a", onOpenat())}, openat()},
		{"a condition", []Program{conditional{always("a", onOpenat()), pathIs("/a")}}, openat(under("/a"))},
		{"two of them", []Program{
			conditional{always("a", onOpenat()), pathIs("/a")}, conditional{always("b", onOpenat()), pathIs("/b")},
		}, openat(under("/a", "/b"))},
		{"one without", []Program{conditional{always("a", onOpenat()), pathIs("/a")}, always("b", onOpenat())}, openat()},
		{"one that never matches", []Program{conditional{always("a", onOpenat()), never}}, nil},
		{"a wrapped one", []Program{wrapped{always("a", onOpenat()), conditional{always("a", onOpenat()), pathIs("/a")}}}, openat(under("/a"))},
		{
			"an origin",
			[]Program{always("a", sdk.Selector{Source: "tracee", Name: "openat", Origin: "container-init"})},
			openat(interest.Scope{Origin: interest.OriginContainer}),
		},
		{"no such origin", []Program{always("a", sdk.Selector{Source: "tracee", Name: "openat", Origin: "moon"})}, nil},
		{"both origins", []Program{always("a",
			sdk.Selector{Source: "tracee", Name: "openat", Origin: "host"}, sdk.Selector{Source: "tracee", Name: "openat", Origin: "container"},
		)}, openat()},
		{
			"declared",
			[]Program{always("a", narrowed("openat", "host", sdk.Where{Paths: []string{"/etc/"}, Comms: []string{"cat"}, UIDs: []uint32{3}}))},
			openat(interest.Scope{Paths: []string{"/etc/"}, Comms: []string{"cat"}, UIDs: []uint32{3}, Origin: interest.OriginHost}),
		},
		{"declared once, and once not", []Program{always("a", onOpenat(), narrowed("openat", "", sdk.Where{UIDs: []uint32{3}}))}, openat()},
		{
			"declared and derived",
			[]Program{conditional{always("a", narrowed("openat", "", sdk.Where{Comms: []string{"cat"}})), pathIs("/a")}},
			openat(interest.Scope{Paths: []string{"/a"}, Comms: []string{"cat"}}),
		},
		{"nine kinds of one", []Program{always("a", nine...)}, openat()},
		{"what the enricher learns from", []Program{conditional{always("a", on("sched_process_exec")), pathIs("/a")}}, []interest.Event{{Name: "sched_process_exec"}}},
		{"all events", []Program{always("a", sdk.Selector{Source: "tracee", Where: &sdk.Where{UIDs: []uint32{1}}}), always("b", onOpenat())}, []interest.Event{{Name: "*"}}},
		{"findings", []Program{finds("a", "found", onOpenat()), always("b", on("found"))}, openat()},
		{"a finding called like all events", []Program{finds("a", "*", onOpenat()), always("b", on(""))}, []interest.Event{{Name: "*"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := NewSet(c.programs, Limits{})
			if got := set.Interest(); !got.Equal(interest.Interest{Events: c.want}) {
				t.Errorf("%v, want %v", got, interest.Interest{Events: c.want})
			}
			var sum interest.Interest
			for _, s := range set.Signatures() {
				sum = sum.Union(set.InterestOf(s))
			}
			if !sum.Equal(set.Interest()) {
				t.Errorf("the members want %v", sum)
			}
		})
	}
	set := NewSet([]Program{conditional{always("a", onOpenat()), pathIs("/a")}, always("b", onOpenat(), on("ptrace"))}, Limits{})
	if set.Wanting("openat") != 2 || set.Wanting("ptrace") != 1 || set.Wanting("x") != 0 {
		t.Error("the number of those who want an event is wrong")
	}
	if got := set.InterestOf(&Signature{}); len(got.Events) != 0 {
		t.Errorf("a stranger wants %v", got)
	}
}

// An author's Where holds in the engine as well, whatever a kernel lets through,
// and in every route that an event can take.
func TestWhereIsEnforced(t *testing.T) {
	etc := narrowed("openat", "", sdk.Where{Paths: []string{"/etc/"}})
	root := narrowed("openat", "", sdk.Where{UIDs: []uint32{0}})
	cats := narrowed("", "", sdk.Where{Comms: []string{"cat"}})
	e := NewSet(programs(always("etc", etc), always("root", root), always("cats", cats), always("both", etc, root)), Limits{}).Evaluator()
	for _, c := range []struct {
		path, comm string
		uid        uint32
		want       []string
	}{
		{"/etc/x", "ls", 1, []string{"both", "etc"}},
		{"/x", "ls", 0, []string{"both", "root"}},
		{"/x", "cat", 1, []string{"cats"}},
		{"/x", "ls", 1, []string{}},
		{"/etc/x", "cat", 0, []string{"both", "cats", "etc", "root"}},
	} {
		ev := opened(c.path)
		ev.Context.ProcessName, ev.Context.UID = c.comm, c.uid
		if matches, _ := e.Evaluate(t.Context(), ev); !slices.Equal(ids(matches), c.want) {
			t.Errorf("%+v: %q", c, ids(matches))
		}
		if Takes(etc, ev) != strings.HasPrefix(c.path, "/etc/") || Takes(cats, ev) != (c.comm == "cat") {
			t.Errorf("%+v: the selectors say something else", c)
		}
	}
	// Of events that there is no room for nothing is remembered.
	for i := range maxRoutes {
		e.Evaluate(t.Context(), newEvent(fmt.Sprint("filler", i), "host"))
	}
	late := newEvent("late", "host")
	for comm, want := range map[string]int{"cat": 1, "ls": 0} {
		late.Context.ProcessName = comm
		if matches, _ := e.Evaluate(t.Context(), late); len(matches) != want {
			t.Errorf("%s: %q", comm, ids(matches))
		}
	}
}

// Findings that are events are narrowed by the same words.
func TestWhereOfFindings(t *testing.T) {
	set := NewSet(programs(
		finds("a", "found", onOpenat()),
		// All events are others than findings.
		always("b", narrowed("found", "", sdk.Where{Comms: []string{"cat"}}), sdk.Selector{Source: sdk.Source, Origin: "container"}),
	), Limits{})
	e := set.Evaluator()
	for comm, want := range map[string][]string{"cat": {"a", "b"}, "ls": {"a"}} {
		ev := opened("/x")
		ev.Context.ProcessName = comm
		if matches, _ := e.Evaluate(t.Context(), ev); !slices.Equal(ids(matches), want) {
			t.Errorf("%s: %q", comm, ids(matches))
		}
	}
	if set.Sifted() != 1 {
		t.Errorf("%d evaluations left out", set.Sifted())
	}
}

func TestWhereIsChecked(t *testing.T) {
	for _, c := range []struct {
		selector sdk.Selector
		want     string
	}{
		{narrowed("openat", "", sdk.Where{}), "selector of openat: where: it names nothing"},
		{narrowed("ptrace", "", sdk.Where{Paths: []string{"/"}}), "events of ptrace cannot be narrowed by a path"},
		{narrowed("", "", sdk.Where{Paths: []string{"/"}}), "events of any name cannot"},
		{narrowed("openat", "", sdk.Where{Paths: []string{""}}), "an empty text"},
		{narrowed("openat", "", sdk.Where{Comms: []string{"1234567890123456"}}), "15 bytes"},
	} {
		set := NewSet(programs(always("a", c.selector)), Limits{})
		if bad := set.Rejected(); len(bad) != 1 || !strings.Contains(bad[0].Err.Error(), c.want) {
			t.Errorf("%+v: %v", *c.selector.Where, bad)
		}
	}
}

// failing is a program whose instance waits for signals and fails on every
// event: what an event leaves behind shows.
type failing struct{ conditional }

func (h failing) NewInstance(report func(Report)) Instance { return &failingInstance{report: report} }

type failingInstance struct {
	report func(Report)
	seen   int
}

func (i *failingInstance) Evaluate(context.Context, *Input) error {
	i.seen++
	return errors.New("written for a test")
}

func (i *failingInstance) OnSignal(context.Context, sdk.Signal) error {
	i.report(Report{Data: map[string]any{"seen": i.seen}})
	return nil
}

// An event that no interest admits leaves no trace: not in what instances saw,
// not in the event that a signal's finding is about, not in the count of
// failures that takes a signature out.
func TestNotAdmittedLeavesNoTrace(t *testing.T) {
	both := func(event string) prefilter.Condition {
		// The index looks at one of them only.
		return prefilter.All(pathIs("/etc/passwd")(event), prefilter.Is(prefilter.Atom{
			Place: prefilter.Place{Source: prefilter.ProcessName}, Text: "cat",
		}))
	}
	run := func(limits Limits, filtered bool) string {
		set := NewSet([]Program{failing{conditional{always("a", onOpenat()), both}}}, limits)
		wanted := set.Interest()
		e := set.Evaluator()
		var log []string
		note := func(matches []Match, faults []Fault) {
			for _, m := range matches {
				log = append(log, fmt.Sprint(m.Signature.Metadata.ID, m.Event.Seq, m.Version(), m.Data))
			}
			for _, f := range faults {
				log = append(log, fmt.Sprint(f.Event.Seq, f.Quarantined))
			}
		}
		for i, comm := range []string{"cat", "ls", "ls", "ls", "cat", "ls", "ls", "cat", "cat", "ls"} {
			ev := opened("/etc/passwd")
			ev.Seq, ev.Context.ProcessName = uint64(i), comm
			if filtered && !wanted.Admits(prefilter.FactsOf(ev, "pathname")) {
				continue
			}
			note(e.Evaluate(t.Context(), ev))
		}
		note(e.Signal(t.Context(), sdk.Signal{Source: sdk.Source, Kind: sdk.SourceComplete}))
		return strings.Join(log, "\n")
	}
	for end, limits := range map[string]Limits{
		"8 true": {ErrorWindow: 8, ErrorMinimum: 4, ErrorShare: 0.5},
		"a81+of.signal.source_completemap[seen:4]": {},
	} {
		all, some := run(limits, false), run(limits, true)
		if all != some {
			t.Errorf("with all events:\n%s\nwith those that are wanted:\n%s", all, some)
		}
		if !strings.HasSuffix(all, end) {
			t.Errorf("the end is not %s:\n%s", end, all)
		}
	}
}

// What is not admitted is not put at hand, so that the clock of the stores does
// not move.
func TestNotAdmittedMovesNoClock(t *testing.T) {
	set := NewSet(programs(always("a", narrowed("openat", "", sdk.Where{UIDs: []uint32{7}})), always("b", on("ptrace"))), Limits{})
	e := set.Evaluator()
	first := newEvent("ptrace", "host")
	e.Evaluate(t.Context(), first)
	later := opened("/x")
	later.Time = 99
	e.Evaluate(t.Context(), later)
	if e.at.event != first {
		t.Error("an event that nobody gets is at hand")
	}
}
