package correlate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/signatures/sdk"
)

// finder finds every event of one name.
type finder struct{ id, name string }

func (f finder) Metadata() sdk.Metadata {
	return sdk.Metadata{ID: f.id, Version: "1", EventName: f.id}
}

func (f finder) Selectors() []sdk.Selector { return []sdk.Selector{{Source: sdk.Source, Name: f.name}} }

func (finder) OnEvent(c *sdk.Context, _ *event.Event) error {
	c.Report(nil)
	return nil
}

// both wants the findings of two others, one after the other.
type both struct{}

func (both) Metadata() sdk.Metadata { return sdk.Metadata{ID: "both", Version: "1", EventName: "both"} }

func (both) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "dropped"}, {Source: sdk.Source, Name: "ran"}}
}

func (both) OnEvent(c *sdk.Context, _ *event.Event) error {
	c.Report(nil)
	return nil
}

// The rules of a correlation may be the findings of other signatures.
func TestFindingsAsRules(t *testing.T) {
	p, err := New(golang.New(both{}), sdk.Correlation{
		Type: sdk.TemporalOrdered, Timespan: time.Minute, Rules: []string{"dropped", "ran"}, GroupBy: []string{"processName"},
	})
	if err != nil {
		t.Fatal(err)
	}
	set := engine.NewSet([]engine.Program{
		golang.New(finder{"dropped", "openat"}), golang.New(finder{"ran", "execve"}), p,
	}, engine.Limits{})
	var found []engine.Match
	for _, m := range evaluate(t, set.Evaluator(), at("execve", 1), at("openat", 2), at("execve", 3)) {
		if m.Signature.Metadata.ID == "both" {
			found = append(found, m)
		}
	}
	if len(found) != 1 || !slices.Equal(found[0].Events, []string{"n/b/2", "n/b/3"}) || found[0].Event.Name() != "ran" {
		t.Errorf("findings %+v", found)
	}
}

// An evaluator that takes another's place, or is restored from its snapshot,
// goes on as that one would.
func TestMemoryOutlivesTheEvaluator(t *testing.T) {
	build := func() *engine.Set {
		var list []engine.Program
		for _, n := range []int{2, 3, 5} {
			c := count(n)
			p, err := New(golang.New(finder{fmt.Sprint("count", n), "openat"}), c)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, p)
		}
		return engine.NewSet(list, engine.Limits{})
	}
	fired := 0
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 3))
		whole, cut := build().Evaluator(), build().Evaluator()
		now := int64(0)
		for step := range 200 {
			now += int64(r.IntN(6))
			ev := at("openat", now)
			ev.Seq, ev.Context.ProcessName = uint64(step), fmt.Sprint("p", r.IntN(3))
			switch r.IntN(20) {
			case 0:
				cut = build().Successor(cut)
			case 1:
				snapshot := cut.Snapshot()
				if !bytes.Equal(snapshot, whole.Snapshot()) {
					t.Fatalf("seed %d, step %d: another snapshot", seed, step)
				}
				cut = build().Evaluator()
				if unknown, err := cut.Restore(snapshot); unknown != 0 || err != nil {
					t.Fatal(unknown, err)
				}
			}
			want, got := evaluate(t, whole, ev), evaluate(t, cut, ev)
			if len(got) != len(want) {
				t.Fatalf("seed %d, step %d: %d findings, want %d", seed, step, len(got), len(want))
			}
			for i := range want {
				fired++
				if !slices.Equal(got[i].Events, want[i].Events) || got[i].WindowStart != want[i].WindowStart ||
					document(t, got[i]) != document(t, want[i]) {
					t.Fatalf("seed %d, step %d: %+v, want %+v", seed, step, got[i], want[i])
				}
			}
		}
	}
	if fired < 200 {
		t.Errorf("only %d findings", fired)
	}
}

// A memory of another correlation is left where it is.
func TestChangedCorrelationBeginsAnew(t *testing.T) {
	one := func(n int) *engine.Evaluator {
		_, e := evaluator(newProgram(t, count(n), "openat"))
		return e
	}
	before := one(2)
	evaluate(t, before, at("openat", 1))
	after := one(3)
	if unknown, err := after.Restore(before.Snapshot()); unknown != 1 || err != nil {
		t.Error(unknown, err)
	}
	if found := evaluate(t, after, at("openat", 2), at("openat", 3)); len(found) != 0 {
		t.Errorf("findings %v", found)
	}
}
