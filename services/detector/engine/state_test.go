package engine

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// remembering is a signature for tests with state. It counts the events of
// each process and tells the count.
type remembering struct {
	*written
	specs []sdk.StateSpec
}

func counts(id string) remembering {
	return remembering{always(id, onOpenat()), []sdk.StateSpec{
		{Name: "other", TTL: time.Hour}, {Name: "seen", TTL: time.Minute, MaxEntries: 8},
	}}
}

func (r remembering) State() []sdk.StateSpec { return r.specs }

func (r remembering) NewInstance(report func(Report)) Instance {
	return &rememberingInstance{report: report}
}

type rememberingInstance struct {
	report func(Report)
	host   sdk.Host
}

func (i *rememberingInstance) UseHost(h sdk.Host) { i.host = h }

func (i *rememberingInstance) Evaluate(_ context.Context, in *Input) error {
	seen := i.host.State("seen")
	count, _ := seen.Get(in.Event.Context.ProcessName)
	count += "|"
	seen.Put(in.Event.Context.ProcessName, count)
	if len(count) > 9 {
		seen.Delete(in.Event.Context.ProcessName)
	}
	i.report(Report{Data: map[string]any{"count": count}})
	return nil
}

// by is an event of a process at a time in seconds.
func by(process string, second int) *event.Event {
	e := newEvent("openat", "host")
	e.Context.ProcessName, e.Time = process, int64(second)*int64(time.Second)
	return e
}

// countOf returns what the signatures tell of an event.
func countOf(t *testing.T, e *Evaluator, ev *event.Event) string {
	t.Helper()
	matches, faults := e.Evaluate(t.Context(), ev)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var all []string
	for _, m := range matches {
		all = append(all, fmt.Sprint(m.Signature.Metadata.ID, m.Data["count"]))
	}
	return strings.Join(all, " ")
}

func TestState(t *testing.T) {
	set := NewSet([]Program{counts("A"), counts("B")}, Limits{})
	e, other := set.Evaluator(), set.Evaluator()
	for i, c := range []struct {
		e       *Evaluator
		process string
		second  int
		want    string
	}{
		{e, "x", 1, "A| B|"},
		{e, "x", 60, "A|| B||"},
		{e, "y", 60, "A| B|"},
		{other, "x", 60, "A| B|"},
		{e, "x", 120, "A||| B|||"},
		{e, "y", 121, "A| B|"},
	} {
		if got := countOf(t, c.e, by(c.process, c.second)); got != c.want {
			t.Errorf("event %d: %q, want %q", i, got, c.want)
		}
	}
	for i := range 20 {
		countOf(t, e, by(fmt.Sprint("p", i), 122))
	}
	for _, s := range set.Stats() {
		if s.State.Entries != 9 || s.State.Full != 14 || !s.Signature.Remembers() {
			t.Errorf("stats %+v", s.State)
		}
	}
}

func TestUndeclaredState(t *testing.T) {
	set := NewSet([]Program{counts("A")}, Limits{})
	h := &host{evaluator: set.Evaluator(), slot: &set.evaluators[0].slots[0]}
	if h.State("seen") == nil || h.State("unseen") != nil {
		t.Error("a store is found that nobody declared, or the declared one is not")
	}
	if s, ok := h.DataSource("tracee", "containers"); ok || s != nil {
		t.Error("a set without sources has one")
	}
}

// Whatever happened, an Evaluator that is given the snapshot of another one
// answers as that one does from then on, and its snapshot is the same.
func TestSnapshots(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 7))
		set := NewSet([]Program{counts("A"), always("B", onOpenat()), counts("C")}, Limits{})
		e := set.Evaluator()
		for step := range 600 {
			ev := by(fmt.Sprint("p", r.IntN(12)), step/4+r.IntN(30))
			if step%50 != 49 {
				countOf(t, e, ev)
				continue
			}
			snapshot := e.Snapshot()
			restored := set.Evaluator()
			countOf(t, restored, by("forgotten", 0))
			if unknown, err := restored.Restore(snapshot); err != nil || unknown != 0 {
				t.Fatal(unknown, err)
			}
			if again := restored.Snapshot(); !bytes.Equal(again, snapshot) {
				t.Fatalf("seed %d, step %d: the snapshot of what was restored differs", seed, step)
			}
			for range 30 {
				ev := by(fmt.Sprint("p", r.IntN(12)), step/4+r.IntN(30))
				if got, want := countOf(t, restored, ev), countOf(t, e, ev); got != want {
					t.Fatalf("seed %d, step %d: %q, want %q", seed, step, got, want)
				}
			}
			if !bytes.Equal(restored.Snapshot(), e.Snapshot()) {
				t.Fatalf("seed %d, step %d: the two have gone apart", seed, step)
			}
		}
	}
}

func TestRestoreIntoAnotherSet(t *testing.T) {
	old := NewSet([]Program{counts("A"), counts("B"), counts("C")}, Limits{}).Evaluator()
	countOf(t, old, by("x", 1))
	changed := counts("B")
	changed.written.digest = "changed"
	e := NewSet([]Program{counts("A"), changed, counts("D")}, Limits{}).Evaluator()
	unknown, err := e.Restore(old.Snapshot())
	if err != nil || unknown != 4 {
		t.Errorf("%d stores are unknown, want those of B and C: %v", unknown, err)
	}
	if got := countOf(t, e, by("x", 2)); got != "A|| B| D|" {
		t.Errorf("got %q", got)
	}
}

func TestRestoreNoSnapshot(t *testing.T) {
	e := NewSet([]Program{counts("A")}, Limits{}).Evaluator()
	countOf(t, e, by("x", 1))
	good := e.Snapshot()
	for n := range len(good) {
		if _, err := e.Restore(good[:n]); err == nil || !strings.HasPrefix(err.Error(), "restore the state of signatures: ") {
			t.Errorf("%d of %d bytes: %v", n, len(good), err)
		}
	}
	for _, bad := range [][]byte{append(bytes.Clone(good), 0), append([]byte{9}, good[1:]...)} {
		if _, err := e.Restore(bad); err == nil {
			t.Errorf("%q is restored", bad)
		}
	}
	if got := countOf(t, e, by("x", 2)); got != "A||" {
		t.Errorf("what is no snapshot has changed something: %q", got)
	}
}

// A new set takes over what the same signatures remember, and nothing else.
func TestSuccessor(t *testing.T) {
	before := NewSet([]Program{counts("A"), counts("B")}, Limits{})
	old := before.Evaluator()
	countOf(t, old, by("x", 1))
	changed := counts("B")
	changed.written.version = "2"
	set := NewSet([]Program{counts("0"), counts("A"), changed}, Limits{})
	set.Inherit(before)
	e := set.Successor(old)
	if got := countOf(t, e, by("x", 2)); got != "0| A|| B|" {
		t.Errorf("got %q", got)
	}
}

func FuzzRestore(f *testing.F) {
	set := NewSet([]Program{counts("A")}, Limits{})
	e := set.Evaluator()
	e.Evaluate(f.Context(), by("x", 1))
	f.Add(e.Snapshot())
	f.Add([]byte{checkpointLayout, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		e := NewSet([]Program{counts("A")}, Limits{}).Evaluator()
		if _, err := e.Restore(data); err != nil {
			if !bytes.Equal(e.Snapshot(), set.Evaluator().Snapshot()) {
				t.Error("what is no snapshot has changed something")
			}
			return
		}
		again := NewSet([]Program{counts("A")}, Limits{}).Evaluator()
		if _, err := again.Restore(e.Snapshot()); err != nil || !bytes.Equal(again.Snapshot(), e.Snapshot()) {
			t.Errorf("what was restored cannot be restored again: %v", err)
		}
	})
}
