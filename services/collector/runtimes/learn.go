package runtimes

import (
	"context"
	"errors"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// learn asks the runtime for a container and tells what it says. The error has
// been counted, but for facts.ErrNotFound.
func (c *connection) learn(ctx context.Context, id string) error {
	if !facts.ValidID(id) {
		c.metrics.count(outcomeBadID, 1)
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, c.cfg.Patience)
	defer cancel()
	box, err := c.rt.Get(asking, id)
	switch {
	case err == nil:
		c.tell(&box)
	case errors.Is(err, facts.ErrNotFound) || ctx.Err() != nil:
	default:
		c.metrics.count(outcomeFailed, 1)
	}
	return err
}

// tell says what is new about a container, if anything.
func (c *connection) tell(box *facts.Container) {
	print := fingerprint(&c.builder, box)
	before, known := c.memory.get(box.ID)
	if known && before.print == print && !c.retell(before) {
		return
	}
	s := statement{typ: catalogue.ContainerCreate, facts: *box}
	if known || box.Created < c.began {
		s.typ = catalogue.ExistingContainer
	}
	if !c.utter(s) {
		return
	}
	c.memory.put(box.ID, remembered{
		endpoint: c.endpoint, runtime: box.Runtime, name: box.Name, print: print, started: box.PID != 0,
		at: time.Now(),
	})
}

// retell reports whether a container is to be told of though nothing is new:
// whoever listens may have forgotten, or was not there.
func (c *connection) retell(told remembered) bool {
	return told.at.Before(c.since) || time.Since(told.at) >= c.cfg.RetellEvery
}

// remove says that a container is gone; told is what came with the change, or
// nil.
func (c *connection) remove(id string, told *facts.Container) {
	gone := facts.Container{Runtime: c.rt.Name(), ID: id}
	before, known := c.memory.get(id)
	switch {
	case known:
		gone.Runtime, gone.Name = before.runtime, before.name
	case told != nil:
		gone.Name = told.Name
	default:
		return
	}
	if c.utter(statement{typ: catalogue.ContainerRemove, facts: gone}) {
		c.memory.remove(id)
	}
}

// utter hands over a statement. Where there is no room it is counted, and what
// it would have said is told with the next list, which then comes soon.
func (c *connection) utter(s statement) bool {
	if c.say(s) {
		c.metrics.count(outcomeTold, 1)
		return true
	}
	c.metrics.count(outcomeQueueFull, 1)
	signal(c.missed)
	return false
}
