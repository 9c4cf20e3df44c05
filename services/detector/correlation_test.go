package detector

import (
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/correlate"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/signatures/sdk"
)

// correlatedSet fires on so many opened files of one process in a minute.
func correlatedSet(t *testing.T, paths int) *engine.Set {
	t.Helper()
	p, err := correlate.New(golang.New(goSignature{"reader", func(c *sdk.Context, _ *event.Event) error {
		c.Report(nil)
		return nil
	}}), sdk.Correlation{
		Type: sdk.ValueCount, GroupBy: []string{"processEntityId"}, Timespan: time.Minute,
		Condition: sdk.Condition{Field: "args.pathname", AtLeast: paths},
	})
	if err != nil {
		t.Fatal(err)
	}
	return engine.NewSet([]engine.Program{p}, engine.Limits{})
}

// What was lost since the first of the events makes the evidence incomplete,
// however long ago it is.
func TestEvidenceOfWindows(t *testing.T) {
	_, h, _ := start(t, correlatedSet(t, 2), stage.Settings{})
	events := opens("/a", "/b", "/c", "/d")
	events[1].Time, events[2].Time, events[3].Time = now+50*second, now+200*second, now+250*second
	handle := func(e event.Event, losses ...*eventpb.Loss) []finding.Detection {
		outputs, err := h.Handle(t.Context(), message(t, []event.Event{e}, losses...))
		if err != nil {
			t.Fatal(err)
		}
		return decoded(t, outputs)
	}
	handle(events[0], lost("ring_full", 3, 1, 1))
	found := handle(events[1])
	if len(found) != 1 || found[0].Finding.Evidence.Complete || found[0].Finding.Evidence.Lost[0].Count != 3 {
		t.Errorf("%d findings", len(found))
	}
	handle(events[2])
	if found := handle(events[3]); len(found) != 1 || !found[0].Finding.Evidence.Complete {
		t.Errorf("%d findings after the loss", len(found))
	}
	if n := h.(*handler).losses.Nodes(); n != 0 {
		t.Errorf("%d nodes are remembered without need", n)
	}
}

// A finding of several events names them all, has one id in every replay, and
// what the correlation left out is in the metrics.
func TestCorrelatedFindings(t *testing.T) {
	reader := metric.NewManualReader()
	meter := metric.NewMeterProvider(metric.WithReader(reader)).Meter("")
	_, h, _ := start(t, correlatedSet(t, 3), stage.Settings{Meter: meter})
	events := opens("/a", "/a", "/b", "/c", "/d")
	late := opens("/e")
	late[0].Seq, late[0].Time = 9, now-10*60*second
	first, err := h.Handle(t.Context(), message(t, events[:3]))
	if err != nil || len(first) != 0 {
		t.Fatal(first, err)
	}
	second, err := h.Handle(t.Context(), message(t, append(slices.Clone(events[3:]), late...)))
	if err != nil || len(second) != 1 {
		t.Fatal(second, err)
	}
	d := decoded(t, second)[0]
	if want := []string{"n1/b/2", "n1/b/3", "n1/b/4"}; !slices.Equal(d.Finding.Events, want) {
		t.Errorf("events %q, want %q", d.Finding.Events, want)
	}
	if d.Sequence != 4 || d.Time != events[3].Time {
		t.Errorf("the finding is about event %d at %d", d.Sequence, d.Time)
	}
	checkMetrics(t, reader, map[string]int64{
		"weir.detector.matches reader": 1, "weir.detector.correlation.forgotten reader late": 1,
	})
	_, replay, _ := start(t, correlatedSet(t, 3), stage.Settings{})
	again, err := replay.Handle(t.Context(), message(t, events))
	if err != nil || len(again) != 1 || again[0].ID != second[0].ID {
		t.Errorf("replayed: %v, want %s; %v", again, second[0].ID, err)
	}
}
