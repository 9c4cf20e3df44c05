package engine

import (
	"testing"
	"time"
)

// computing is a program that says whether it only computes.
type computing struct {
	*written
	only bool
}

func (c computing) NeverWaits() bool { return c.only }

// What a signature that never waits takes by the clock it had to wait for a
// processor, however often: that is not held against it. What it uses is.
func TestUnwaiting(t *testing.T) {
	slow := func(what func(time.Duration)) *written {
		w := always("slow", onOpenat())
		w.match = func(*Input, func(map[string]any)) error { what(2 * time.Millisecond); return nil }
		return w
	}
	for name, c := range map[string]struct {
		program Program
		out     bool
	}{
		"takes long":               {computing{slow(time.Sleep), true}, false},
		"takes long, wrapped":      {outer{slow(time.Sleep), computing{slow(time.Sleep), true}}, false},
		"uses much":                {computing{slow(spin), true}, true},
		"may wait":                 {computing{slow(time.Sleep), false}, true},
		"may wait, wrapped":        {outer{slow(time.Sleep), computing{slow(time.Sleep), false}}, true},
		"does not say so":          {slow(time.Sleep), true},
		"does not say so, wrapped": {outer{slow(time.Sleep), slow(time.Sleep)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			set := NewSet([]Program{c.program}, Limits{Cost: time.Millisecond, CostWindow: 16})
			e := set.Evaluator()
			for range 100 {
				e.Evaluate(t.Context(), newEvent("openat", "host"))
			}
			q, out := set.Signatures()[0].Quarantine()
			if out != c.out || out && q.Reason != ReasonCost {
				t.Errorf("taken out: %v, %+v, want %v", out, q, c.out)
			}
		})
	}
}
