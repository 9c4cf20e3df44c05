package engine

import (
	"slices"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/prefilter"
)

// conditional is a program with a condition.
type conditional struct {
	*written
	condition func(event string) prefilter.Condition
}

func (c conditional) Condition(event string) prefilter.Condition { return c.condition(event) }

func pathIs(text string) func(string) prefilter.Condition {
	return func(string) prefilter.Condition {
		return prefilter.Is(prefilter.Atom{Place: prefilter.Place{Source: prefilter.Arg, Name: "pathname"}, Text: text})
	}
}

func opened(path string) *event.Event {
	e := newEvent("openat", "host")
	e.Shape.Args = []event.ArgSpec{{Name: "pathname", Type: "string"}}
	e.Values = []event.Value{event.String(path)}
	return e
}

// What a condition leaves out is not evaluated, and is counted; what has no
// condition, or fails to tell it, sees everything.
func TestConditionsSpareEvaluations(t *testing.T) {
	broken := func(string) prefilter.Condition { panic("written for a test") }
	set := NewSet([]Program{
		conditional{always("a", onOpenat()), pathIs("/a")},
		conditional{always("b", onOpenat()), pathIs("/b")},
		conditional{always("broken", onOpenat()), broken},
		always("plain", onOpenat()),
	}, Limits{})
	one, other := set.Evaluator(), set.Evaluator()
	for path, want := range map[string][]string{
		"/a": {"a", "broken", "plain"}, "/b": {"b", "broken", "plain"}, "/c": {"broken", "plain"},
	} {
		for _, e := range []*Evaluator{one, other, one} {
			matches, faults := e.Evaluate(t.Context(), opened(path))
			if got := ids(matches); len(faults) > 0 || !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", path, got, want)
			}
		}
	}
	if got := set.Sifted(); got != 3*(1+1+2) {
		t.Errorf("%d evaluations left out", got)
	}
	for _, s := range set.Stats() {
		want := uint64(9)
		if id := s.Signature.Metadata.ID; id == "a" || id == "b" {
			want = 3
		}
		if s.Events != want {
			t.Errorf("%s was evaluated %d times, want %d", s.Signature.Metadata.ID, s.Events, want)
		}
	}
}

// wrapped is a program around another one.
type wrapped struct {
	Program
	inner Program
}

func (w wrapped) Unwrap() Program { return w.inner }

func TestWrappedProgramsAreSpared(t *testing.T) {
	inner := conditional{always("a", onOpenat()), pathIs("/a")}
	set := NewSet([]Program{wrapped{inner.written, inner}}, Limits{})
	e := set.Evaluator()
	e.Evaluate(t.Context(), opened("/b"))
	if matches, _ := e.Evaluate(t.Context(), opened("/a")); len(matches) != 1 || set.Sifted() != 1 {
		t.Errorf("%d matches, %d left out", len(matches), set.Sifted())
	}
}

func TestEvaluateTakesNoMemory(t *testing.T) {
	evaluator := NewSet([]Program{conditional{always("a", onOpenat()), pathIs("/a")}}, Limits{}).Evaluator()
	e := opened("/other")
	evaluator.Evaluate(t.Context(), e)
	if n := testing.AllocsPerRun(100, func() { evaluator.Evaluate(t.Context(), e) }); n != 0 {
		t.Errorf("%v allocations an event", n)
	}
}
