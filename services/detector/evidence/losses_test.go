package evidence

import (
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

const (
	second = int64(time.Second)
	now    = 1_700_000_000 * second
)

// lost is an envelope of node n at a time, with a loss of count events at the
// same time.
func lost(reason string, count uint64, at int64) *eventpb.Envelope {
	return &eventpb.Envelope{Node: "n", MinTime: at, MaxTime: at, Losses: []*eventpb.Loss{{
		Stage: "collector", Reason: reason, Count: count, FirstTime: at, LastTime: at,
	}}}
}

func at(node string, time int64) *event.Event {
	return &event.Event{Time: time, Context: &event.Context{Node: node}}
}

func TestAround(t *testing.T) {
	l := New(10 * time.Second)
	l.Remember(lost("ring_full", 3, now))
	l.Remember(lost("ring_full", 3, now)) // the same again
	l.Remember(lost("ring_full", 4, now+second))
	l.Remember(lost("fault", 1, now+second))
	for _, c := range []struct {
		name   string
		event  *event.Event
		window int64
		counts []uint64
	}{
		{"at the time", at("n", now), 0, []uint64{1, 7}},
		{"just before", at("n", now-9*second), 0, []uint64{1, 7}},
		{"the second one only", at("n", now+second+10*second), 0, []uint64{1, 4}},
		{"long after", at("n", now+60*second), 0, nil},
		{"long after, with a window", at("n", now+60*second), now + 8*second, []uint64{1, 7}},
		{"elsewhere", at("m", now), 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := l.Around(c.event, c.window)
			var counts []uint64
			for _, f := range found {
				counts = append(counts, f.Count)
			}
			if len(counts) != len(c.counts) || len(counts) == 2 && (counts[0] != c.counts[0] || counts[1] != c.counts[1]) {
				t.Errorf("counts %v, want %v", counts, c.counts)
			}
		})
	}
}

func TestLossesAreBounded(t *testing.T) {
	l := New(time.Second)
	for i := range uint64(10 * maxLosses) {
		l.Remember(lost("ring_full", i, now))
	}
	if n := len(l.nodes["n"]); n > maxLosses {
		t.Errorf("%d losses are remembered", n)
	}
	l.Remember(&eventpb.Envelope{Node: "n", MinTime: now + 60*second})
	if n := l.Nodes(); n != 0 {
		t.Errorf("%d nodes are remembered without need", n)
	}
}
