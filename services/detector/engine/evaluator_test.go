package engine

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

func TestDispatch(t *testing.T) {
	host := sdk.Selector{Source: "tracee", Name: "openat", Origin: "host"}
	set := NewSet(programs(
		always("every-way", onOpenat(), host, sdk.Selector{Source: "tracee"}, onOpenat()),
		always("host", host),
		always("container", sdk.Selector{Source: "tracee", Name: "openat", Origin: "container"}),
		always("init", sdk.Selector{Source: "tracee", Origin: "container-init"}),
		always("no-source", sdk.Selector{Name: "openat"}),
	), Limits{})
	cases := []struct {
		name, origin string
		want         []string
	}{
		{"openat", "host", []string{"every-way", "host"}},
		{"openat", "container", []string{"container", "every-way"}},
		{"openat", "container-init", []string{"every-way", "init"}},
		{"close", "host", []string{"every-way"}},
		{"", "host", []string{"every-way"}},
	}
	e := set.Evaluator()
	for range 2 {
		for _, c := range cases {
			matches, faults := e.Evaluate(t.Context(), newEvent(c.name, c.origin))
			if got := ids(matches); !slices.Equal(got, c.want) || len(faults) != 0 {
				t.Errorf("%s in %s: %q, want %q", c.name, c.origin, got, c.want)
			}
		}
	}
}

func TestManyNamesDoNotFillMemory(t *testing.T) {
	e := NewSet(programs(always("A", sdk.Selector{Source: "tracee"})), Limits{}).Evaluator()
	for i := range 2 * maxRoutes {
		if matches, _ := e.Evaluate(t.Context(), newEvent(fmt.Sprint("name", i), "host")); len(matches) != 1 {
			t.Fatalf("event %d: %d matches", i, len(matches))
		}
	}
	if len(e.routes.known) > maxRoutes {
		t.Errorf("%d routes are kept", len(e.routes.known))
	}
}

func TestFaultsStayApart(t *testing.T) {
	failing := always("b-fails", onOpenat())
	failing.match = func(*Input, func(map[string]any)) error { return errWritten }
	panicking := always("c-panics", onOpenat())
	panicking.match = func(in *Input, report func(map[string]any)) error {
		report(map[string]any{"before": true})
		list := make([]error, len(in.Event.Values))
		return list[in.Event.Seq]
	}
	slow := always("d-slow", onOpenat())
	slow.match = func(*Input, func(map[string]any)) error { return fmt.Errorf("slow: %w", ErrBudget) }
	set := NewSet(programs(always("a", onOpenat()), failing, panicking, slow, always("e", onOpenat())), Limits{Strikes: 2})
	e, other := set.Evaluator(), set.Evaluator()

	matches, faults := e.Evaluate(t.Context(), newEvent("openat", "host"))
	if got := ids(matches); !slices.Equal(got, []string{"a", "c-panics", "e"}) {
		t.Errorf("matches %q", got)
	}
	checkFaults(t, faults, []FaultKind{FaultError, FaultPanic, FaultBudget}, false)

	// Strikes count over all partitions; an error is none.
	_, faults = other.Evaluate(t.Context(), newEvent("openat", "host"))
	checkFaults(t, faults, []FaultKind{FaultError, FaultPanic, FaultBudget}, true)

	matches, faults = e.Evaluate(t.Context(), newEvent("openat", "host"))
	if got := ids(matches); !slices.Equal(got, []string{"a", "e"}) {
		t.Errorf("matches after the quarantine %q", got)
	}
	checkFaults(t, faults, []FaultKind{FaultError}, false)
	checkStats(t, set)
}

func checkFaults(t *testing.T, faults []Fault, want []FaultKind, quarantined bool) {
	t.Helper()
	var got []FaultKind
	for _, f := range faults {
		got = append(got, f.Kind)
		if f.Err == nil || f.Event == nil || f.Quarantined != (quarantined && f.Kind != FaultError) {
			t.Errorf("fault %+v", f)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("faults %q, want %q", got, want)
	}
}

// checkStats expects three events to five signatures, two of them taken out
// before the third event.
func checkStats(t *testing.T, set *Set) {
	t.Helper()
	for _, s := range set.Stats() {
		out := s.Signature.Quarantined()
		want := Stats{Signature: s.Signature, Events: 3}
		switch s.Signature.Metadata.ID {
		case "a", "e":
			want.Matches = 3
		case "b-fails":
			want.Errors = 3
		case "c-panics":
			want.Events, want.Skipped, want.Matches, want.Errors = 2, 1, 2, 2
		case "d-slow":
			want.Events, want.Skipped, want.Errors = 2, 1, 2
		}
		if s.Sampled != 2 || out != (want.Skipped == 1) {
			t.Errorf("%s: %d timed, quarantined %v", s.Signature.Metadata.ID, s.Sampled, out)
		}
		s.Sampled, s.Nanos = 0, 0
		if s != want {
			t.Errorf("stats %+v, want %+v", s, want)
		}
	}
}

func TestOrdinals(t *testing.T) {
	twice := always("A", onOpenat())
	twice.match = func(_ *Input, report func(map[string]any)) error {
		report(nil)
		report(nil)
		return nil
	}
	matches, _ := NewSet(programs(twice, always("B", onOpenat())), Limits{}).Evaluator().
		Evaluate(t.Context(), newEvent("openat", "host"))
	var got []string
	for _, m := range matches {
		got = append(got, m.Signature.Metadata.ID+" "+m.Version())
	}
	if want := []string{"A 1", "A 1+match.1", "B 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDeriveOncePerEvent(t *testing.T) {
	type key struct{}
	built := 0
	deriving := func(id string) *written {
		w := always(id, onOpenat())
		w.match = func(in *Input, report func(map[string]any)) error {
			name := in.Derive(key{}, func(e *event.Event) any { built++; return fmt.Sprint(e.Seq) })
			report(map[string]any{"seq": name})
			return nil
		}
		return w
	}
	e := NewSet(programs(deriving("A"), deriving("B")), Limits{}).Evaluator()
	for seq := range uint64(3) {
		ev := newEvent("openat", "host")
		ev.Seq = seq
		matches, _ := e.Evaluate(t.Context(), ev)
		for _, m := range matches {
			if m.Data["seq"] != fmt.Sprint(seq) {
				t.Errorf("event %d got what was derived of %v", seq, m.Data["seq"])
			}
		}
	}
	if built != 3 {
		t.Errorf("derived %d times for 3 events", built)
	}
}

func TestPartitionsRunAtOnce(t *testing.T) {
	set := NewSet(programs(always("A", onOpenat())), Limits{})
	var wait sync.WaitGroup
	const partitions, events = 4, 1000
	for range partitions {
		wait.Go(func() {
			e := set.Evaluator()
			for range events {
				e.Evaluate(t.Context(), newEvent("openat", "host"))
			}
		})
	}
	for range 100 {
		set.Stats()
	}
	wait.Wait()
	if got := set.Stats()[0]; got.Events != partitions*events || got.Matches != got.Events {
		t.Errorf("stats %+v", got)
	}
}

func BenchmarkEvaluator(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("signatures=%d", n), func(b *testing.B) {
			var list []*written
			for i := range n {
				w := always(fmt.Sprint("S", i), onOpenat())
				w.match = func(*Input, func(map[string]any)) error { return nil }
				list = append(list, w)
			}
			e := NewSet(programs(list...), Limits{}).Evaluator()
			ev := newEvent("openat", "host")
			b.ReportAllocs()
			for b.Loop() {
				e.Evaluate(b.Context(), ev)
			}
		})
	}
	b.Run("not selected", func(b *testing.B) {
		e := NewSet(programs(always("A", onOpenat())), Limits{}).Evaluator()
		ev := newEvent("close", "host")
		for b.Loop() {
			e.Evaluate(b.Context(), ev)
		}
	})
}
