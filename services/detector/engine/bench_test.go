package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// reading is a signature that asks its state about each event and has never
// put anything there: the price of remembering where nothing happens.
type reading struct{ *written }

func (reading) State() []sdk.StateSpec { return []sdk.StateSpec{{Name: "s", TTL: 1}} }

func (reading) NewInstance(func(Report)) Instance { return &readingInstance{} }

type readingInstance struct{ store sdk.Store }

func (i *readingInstance) UseHost(h sdk.Host) { i.store = h.State("s") }

func (i *readingInstance) Evaluate(_ context.Context, in *Input) error {
	i.store.Get(in.Event.Context.ProcessName)
	return nil
}

// BenchmarkWithoutMatch evaluates what does not match, in each way in which a
// signature may be more than a function. None of them may allocate.
func BenchmarkWithoutMatch(b *testing.B) {
	plain := always("A", onOpenat())
	plain.match = func(*Input, func(map[string]any)) error { return nil }
	for name, program := range map[string]Program{"plain": plain, "stateful": reading{plain}} {
		b.Run(name, func(b *testing.B) {
			e := NewSet([]Program{program}, Limits{}).Evaluator()
			ev := newEvent("openat", "host")
			b.ReportAllocs()
			for b.Loop() {
				e.Evaluate(b.Context(), ev)
			}
		})
	}
}

// BenchmarkMatch evaluates what matches, where nobody selects the finding and
// where so many do.
func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{0, 1, 10} {
		b.Run(fmt.Sprintf("selecting=%d", n), func(b *testing.B) {
			found := finds("A", "a", onOpenat())
			found.match = func(_ *Input, report func(map[string]any)) error {
				report(map[string]any{"path": "/etc/passwd", "flags": 1})
				return nil
			}
			list := []*written{found}
			for i := range n {
				w := always(fmt.Sprint("S", i), on("a"))
				w.match = func(*Input, func(map[string]any)) error { return nil }
				list = append(list, w)
			}
			e := NewSet(programs(list...), Limits{}).Evaluator()
			ev := newEvent("openat", "host")
			ev.Shape.Args = []event.ArgSpec{{Name: "pathname", Type: "const char*"}}
			ev.Values = []event.Value{event.String("/etc/passwd")}
			b.ReportAllocs()
			for b.Loop() {
				e.Evaluate(b.Context(), ev)
			}
		})
	}
}

// BenchmarkCheckpoint writes and reads what a signature remembers of 10,000
// containers.
func BenchmarkCheckpoint(b *testing.B) {
	set := NewSet([]Program{reading{always("A", onOpenat())}}, Limits{})
	e := set.Evaluator()
	store := e.slots[0].stores[0]
	for i := range 10_000 {
		store.Put(fmt.Sprintf("%064d", i), "10.96.0.1")
	}
	snapshot := e.Snapshot()
	b.Run("snapshot", func(b *testing.B) {
		b.SetBytes(int64(len(snapshot)))
		for b.Loop() {
			e.Snapshot()
		}
	})
	b.Run("restore", func(b *testing.B) {
		b.SetBytes(int64(len(snapshot)))
		for b.Loop() {
			if _, err := e.Restore(snapshot); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkBadNeighbour evaluates 49 signatures beside one that misbehaves: as
// soon as that one is taken out, the others must be as fast as beside one that
// does not.
func BenchmarkBadNeighbour(b *testing.B) {
	large := strings.Repeat("x", 100<<20)
	for _, c := range []struct {
		name  string
		match func(in *Input, report func(map[string]any)) error
	}{
		{"behaves", func(*Input, func(map[string]any)) error { return nil }},
		{"panics", func(*Input, func(map[string]any)) error { panic("surprise") }},
		{"returns 100 MB", func(_ *Input, report func(map[string]any)) error {
			report(map[string]any{"large": large})
			return nil
		}},
		{"fails", func(*Input, func(map[string]any)) error { return errWritten }},
		{"takes 10 ms", func(*Input, func(map[string]any)) error { time.Sleep(10 * time.Millisecond); return nil }},
	} {
		b.Run(c.name, func(b *testing.B) {
			list := []*written{{id: "bad", version: "1", digest: "d", selectors: []sdk.Selector{onOpenat()}, match: c.match}}
			for i := range 49 {
				w := always(fmt.Sprintf("S%02d", i), onOpenat())
				w.match = func(*Input, func(map[string]any)) error { return nil }
				list = append(list, w)
			}
			e := NewSet(programs(list...), Limits{}).Evaluator()
			ev := newEvent("openat", "host")
			// What it takes to notice is not what is measured, but what follows.
			for range 2048 {
				e.Evaluate(b.Context(), ev)
			}
			b.ReportAllocs()
			for b.Loop() {
				e.Evaluate(b.Context(), ev)
			}
		})
	}
}
