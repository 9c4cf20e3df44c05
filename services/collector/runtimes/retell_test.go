package runtimes

import (
	"testing"
	"time"
)

// What runs is told again and again, though nothing is new; what has ended is
// not.
func TestConnectionTellsAgain(t *testing.T) {
	rt := newScripted()
	rt.silent = true
	ended := box("b", "ended", true)
	ended.PID = 0
	rt.set(box("a", "web", true), ended)
	s := newStand(t, rt, 100, func(c *Config) { c.RetellEvery = 50 * time.Millisecond })
	heard := map[string]int{}
	for heard["a"] < 3 {
		typ, b := s.hear(t)
		if typ != existing || b.Name != "web" && b.Name != "ended" {
			t.Fatalf("%v %+v", typ, b)
		}
		heard[b.ID]++
	}
	if err := s.end(); err != nil {
		t.Error(err)
	}
}

// Whoever is reached again tells all that runs.
func TestRetell(t *testing.T) {
	c := newConnection(&follower{cfg: Config{RetellEvery: time.Hour}.withDefaults()}, newScripted())
	for at, want := range map[time.Time]bool{
		c.since.Add(-time.Second): true, c.since: false, c.since.Add(time.Second): false, c.since.Add(-2 * time.Hour): true,
	} {
		if got := c.retell(remembered{at: at}); got != want {
			t.Errorf("told %s before it was reached: %v", c.since.Sub(at), got)
		}
	}
	c.since = c.since.Add(-3 * time.Hour)
	if !c.retell(remembered{at: time.Now().Add(-time.Hour)}) || c.retell(remembered{at: time.Now().Add(-30 * time.Minute)}) {
		t.Error("not every hour")
	}
}
