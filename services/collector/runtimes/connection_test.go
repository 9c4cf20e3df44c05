package runtimes

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

const (
	created  = catalogue.ContainerCreate
	removed  = catalogue.ContainerRemove
	existing = catalogue.ExistingContainer
)

// box is a container that runs; before says that it did so before the collector.
func box(id, name string, before bool) facts.Container {
	b := facts.Container{Runtime: "scripted", ID: id, Name: name, PID: 5, Created: 2000}
	if before {
		b.Created = 10
	}
	return b
}

func TestConnectionPolls(t *testing.T) {
	rt := newScripted()
	rt.silent = true
	rt.set(box("a", "old", true))
	s := newStand(t, rt, 10, nil)
	s.expect(t, existing, "a", "old")
	rt.set(box("a", "old", true), box("b", "new", false))
	s.expect(t, created, "b", "new")
	rt.set(box("b", "new", false))
	s.expect(t, removed, "a", "old")
	rt.mu.Lock()
	gets := rt.gets
	rt.mu.Unlock()
	if gets != 2 {
		t.Errorf("asked %d times about 2 containers", gets)
	}
	if err := s.end(); err != nil {
		t.Error(err)
	}
}

// A container that was told before it ran is asked for until it does.
func TestConnectionAsksUntilStarted(t *testing.T) {
	rt := newScripted()
	rt.silent = true
	b := box("a", "web", false)
	b.PID = 0
	rt.set(b)
	s := newStand(t, rt, 10, nil)
	s.expect(t, created, "a", "web")
	b.PID = 7
	rt.set(b)
	if typ, got := s.hear(t); typ != existing || got.PID != 7 {
		t.Errorf("%v with pid %d", typ, got.PID)
	}
}

func TestConnectionFollows(t *testing.T) {
	rt := newScripted()
	s := newStand(t, rt, 10, nil)
	told := box("a", "told", false)
	rt.tell <- facts.Change{ID: "a", Created: true, Told: &told}
	s.expect(t, created, "a", "told")
	rt.set(box("a", "known", false))
	rt.tell <- facts.Change{ID: "a"}
	s.expect(t, existing, "a", "known")
	rt.tell <- facts.Change{ID: "a"} // Nothing is new.
	rt.tell <- facts.Change{ID: "a", Removed: true}
	s.expect(t, removed, "a", "known")
	rt.tell <- facts.Change{ID: "b"} // Gone by now, and nothing came with it.
	rt.tell <- facts.Change{ID: "b", Removed: true}
	rt.tell <- facts.Change{ID: "c", Told: &facts.Container{ID: "c", Name: "brief"}} // Gone, but told.
	s.expect(t, existing, "c", "brief")
	rt.tell <- facts.Change{ID: "d", Removed: true, Told: &facts.Container{ID: "d", Name: "ended long ago"}}
	s.expect(t, removed, "d", "ended long ago")
	rt.tell <- facts.Change{ID: strings.Repeat("x", 200), Created: true, Told: &told}
	s.await(t, outcomeBadID, 1)
	rt.broken <- errors.New("connection lost")
	if err := s.end(); err == nil || !strings.Contains(err.Error(), "connection lost") {
		t.Errorf("error %v", err)
	}
	if got := s.outcome(t, outcomeTold); got != 5 {
		t.Errorf("%d told", got)
	}
}

// Where the collector has no room nothing is lost: it is told later.
func TestConnectionWithoutRoom(t *testing.T) {
	rt := newScripted()
	rt.set(box("a", "1", false), box("b", "2", false), box("c", "3", false))
	s := newStand(t, rt, 1, nil)
	s.await(t, outcomeQueueFull, 2)
	ids := map[string]bool{}
	for len(ids) < 3 {
		typ, b := s.hear(t)
		if typ != created || ids[b.ID] {
			t.Fatalf("%v of %s", typ, b.ID)
		}
		ids[b.ID] = true
	}
	s.await(t, outcomeTold, 3)
	// The same for one that goes while there is no room.
	rt.set(box("a", "1", false), box("b", "2", false), box("d", "4", false))
	rt.tell <- facts.Change{ID: "d"}
	s.await(t, outcomeTold, 4)
	rt.tell <- facts.Change{ID: "c", Removed: true}
	s.expect(t, created, "d", "4")
	s.expect(t, removed, "c", "3")
}

// A runtime that does not answer is asked again with the next list.
func TestConnectionWithoutAnswers(t *testing.T) {
	rt := newScripted()
	rt.silent = true
	rt.fail(true)
	rt.set(box("a", "web", false))
	s := newStand(t, rt, 10, nil)
	s.await(t, outcomeFailed, 2)
	rt.fail(false)
	s.expect(t, created, "a", "web")
}

func TestConnectionIsAsked(t *testing.T) {
	rt := newScripted()
	s := newStand(t, rt, 10, nil)
	s.ask("late")
	s.ask("never")
	time.Sleep(20 * time.Millisecond)
	rt.set(box("late", "web", false))
	s.expect(t, created, "late", "web")
	s.await(t, outcomeNotFound, 1)
	s.ask("late")
	if len(s.asks) != 0 {
		t.Error("asked for what was told")
	}
	if got := s.outcome(t, outcomeTold); got != 1 {
		t.Errorf("%d told", got)
	}
}

// Whoever makes cgroups without end costs the runtime no more than the rate.
func TestConnectionIsAskedTooOften(t *testing.T) {
	rt := newScripted()
	s := newStand(t, rt, 10, func(c *Config) { c.AsksPerSecond = 5 })
	for i := range 1000 {
		s.ask(fmt.Sprint(i))
	}
	s.await(t, outcomeRateLimited, 900)
	rt.mu.Lock()
	gets := rt.gets
	rt.mu.Unlock()
	if gets > 20 {
		t.Errorf("the runtime was asked %d times", gets)
	}
	s.connected.Store(false)
	s.ask("nobody there")
	if len(s.asks) > maxAsks {
		t.Error("asked a runtime that is not there")
	}
}

// Changes that come while the runtime does not answer are dropped where there
// are too many, counted, and made up for by the list.
func TestConnectionFloods(t *testing.T) {
	rt := newScripted()
	s := newStand(t, rt, 100, nil)
	rt.mu.Lock() // No answer from here on.
	for range 2 * maxChanges {
		rt.tell <- facts.Change{ID: "x"}
	}
	for i := range 50 {
		id := fmt.Sprint(i)
		rt.boxes[id] = box(id, "b", false)
		rt.tell <- facts.Change{ID: id}
	}
	if got := s.outcome(t, outcomeQueueFull); got < maxChanges-10 {
		t.Errorf("%d changes were dropped", got)
	}
	rt.mu.Unlock()
	heard := map[string]bool{}
	for len(heard) < 50 {
		_, b := s.hear(t)
		heard[b.ID] = true
	}
}
