package bench

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/finding"
)

// Detectors that come and go under load lose nothing and double nothing: the ids
// in WEIR_DETECTIONS are those of a run with one detector all the time.
func TestDetectorsComeAndGo(t *testing.T) {
	p := buildPrograms(t)
	dir := burning(t)
	quiet := newFarm(t, p, alike(burntEvery))
	quiet.burn(t, dir, 1, movingBatches)
	want := quiet.detected(t)

	f := newFarm(t, p, alike(burntEvery))
	f.publish(t, movingBatches)
	f.enrichAll(t)
	first := f.run(t, "detector", 1, "--signatures", dir)[0]
	total := f.left(t, bus.StreamEvents)
	moves := 0
	// Each time more is done there is one more, or one less.
	var others []*program
	for left := total; left > 0; left = f.left(t, bus.StreamEvents) {
		switch {
		case len(others) < 2:
			others = append(others, f.programs.start(t, f.url, "detector", fmt.Sprint("more-", moves), "--signatures", dir))
			others[len(others)-1].shares(t, len(others)+1)
		default:
			others[0].stop(t)
			others = others[1:]
			first.shares(t, len(others)+1)
		}
		if f.left(t, bus.StreamEvents) > 0 {
			moves++ // it moved while there was something to do
		}
		time.Sleep(50 * time.Millisecond)
	}
	if moves < 2 {
		t.Errorf("only %d detectors came or went under load", moves)
	}
	got := f.detected(t)
	if len(got) != f.findings || !slices.Equal(got, want) {
		t.Errorf("%d detections, %d in a run where no detector moves, want %d and the same ones", len(got), len(want), f.findings)
	}
	if n := len(slices.Compact(slices.Clone(got))); n != len(got) {
		t.Errorf("%d detections of %d ids", len(got), n)
	}
	t.Logf("%d moves while %d messages were handled, %d detections", moves, total, len(got))
}

// detected returns the message ids of the watched files' detections in their
// order. Others tell of signatures that were stopped, which a machine that has
// too much to do may bring about.
func (f *farm) detected(t testing.TB) (ids []string) {
	t.Helper()
	f.line.each(t, bus.StreamDetections, func(m bus.Received) {
		var d finding.Detection
		if err := json.Unmarshal(m.Data, &d); err != nil {
			t.Fatal(err)
		}
		if d.Finding.Signature.ID == "watch" {
			ids = append(ids, m.ID)
		}
	})
	slices.Sort(ids)
	return ids
}
