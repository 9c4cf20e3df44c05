package engine

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// hearing is a signature for tests that wants signals.
type hearing struct {
	*written
	hear func(s sdk.Signal, report func(Report)) error
}

// hears tells the kind of each signal.
func hears(id string, selectors ...sdk.Selector) hearing {
	w := finds(id, "heard_"+id, selectors...)
	w.match = func(*Input, func(map[string]any)) error { return nil }
	return hearing{w, func(s sdk.Signal, report func(Report)) error {
		report(Report{Data: map[string]any{"kind": string(s.Kind)}})
		return nil
	}}
}

func (h hearing) NewInstance(report func(Report)) Instance {
	return &hearingInstance{h.written.NewInstance(report), h, report}
}

type hearingInstance struct {
	Instance
	hearing hearing
	report  func(Report)
}

func (i *hearingInstance) OnSignal(_ context.Context, s sdk.Signal) error {
	return i.hearing.hear(s, i.report)
}

func complete() sdk.Signal { return sdk.Signal{Kind: sdk.SourceComplete, Source: sdk.Source} }

func TestSignal(t *testing.T) {
	set := NewSet([]Program{
		hears("A", onOpenat()), hears("B", onOpenat(), on("close")), hears("audit", sdk.Selector{Source: "audit"}),
		always("deaf", onOpenat()), finds("after", "", on("heard_B")),
	}, Limits{})
	e := set.Evaluator()
	for _, name := range []string{"openat", "close", "other"} {
		ev := newEvent(name, "host")
		ev.Context.Node, ev.Context.BootID = "n", name
		e.Evaluate(t.Context(), ev)
		// The memory of an event is used again for the next one.
		*ev.Context = event.Context{Node: "overwritten"}
		*ev.Shape = event.Shape{Name: "overwritten"}
	}
	matches, faults := e.Signal(t.Context(), complete())
	want := []string{
		"A on openat of signal.source_complete", "B on close of signal.source_complete",
		"after on heard_B of B@1+of.signal.source_complete",
	}
	if got := fired(matches); !slices.Equal(got, want) || len(faults) > 0 {
		t.Errorf("got %q, want %q, faults %v", got, want, faults)
	}
	if id := matches[1].Event.ID(); id != "n/close/0" || matches[1].Data["kind"] != "source_complete" {
		t.Errorf("event %s, data %v", id, matches[1].Data)
	}
	if matches, _ := e.Signal(t.Context(), sdk.Signal{Kind: "k", Source: "nobody's"}); len(matches) != 0 {
		t.Errorf("a signal of another source: %q", fired(matches))
	}
}

func TestSignalFaults(t *testing.T) {
	wild := hears("wild", onOpenat())
	wild.hear = func(sdk.Signal, func(Report)) error { panic("surprise") }
	failing := hears("failing", onOpenat())
	failing.hear = func(sdk.Signal, func(Report)) error { return errWritten }
	set := NewSet([]Program{hears("early", onOpenat()), failing, wild}, Limits{Strikes: 2})
	e := set.Evaluator()
	matches, faults := e.Signal(t.Context(), complete())
	if len(matches) != 0 || len(faults) != 3 || !errors.Is(faults[0].Err, errNoEvent) || !errors.Is(faults[1].Err, errWritten) ||
		faults[2].Kind != FaultPanic || faults[0].Event != nil {
		t.Errorf("before any event: %q, %+v", fired(matches), faults)
	}
	e.Evaluate(t.Context(), newEvent("openat", "host"))
	matches, faults = e.Signal(t.Context(), complete())
	if got := fired(matches); len(got) != 2 || len(faults) != 2 || !faults[1].Quarantined || len(told(matches)) != 1 {
		t.Errorf("after an event: %q, %+v", got, faults)
	}
	if matches, faults = e.Signal(t.Context(), complete()); len(matches) != 1 || len(faults) != 1 {
		t.Errorf("after the quarantine: %q, %+v", fired(matches), faults)
	}
}

// What signatures remember of the last event goes to their successors.
func TestSignalAfterSwap(t *testing.T) {
	before := NewSet([]Program{hears("A", onOpenat())}, Limits{})
	old := before.Evaluator()
	old.Evaluate(t.Context(), newEvent("openat", "host"))
	set := NewSet([]Program{hears("A", onOpenat())}, Limits{})
	matches, faults := set.Successor(old).Signal(t.Context(), complete())
	if len(matches) != 1 || len(faults) != 0 {
		t.Errorf("%q, %+v", fired(matches), faults)
	}
}
