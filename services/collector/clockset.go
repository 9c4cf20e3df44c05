package collector

import (
	"context"
	"log/slog"
	"time"
)

const (
	// lookAtClock is how often the wall clock is compared.
	lookAtClock = time.Second
	// clockSet is by how much it must be off to have been set: clocks that are
	// corrected without a jump stay within.
	clockSet = time.Second
)

// clockWatch tells when the wall clock of the machine is set. Events are told by the
// clock as it was when the collector began, so that the time between two of them is
// right whoever sets it: what counts within minutes must not depend on that.
type clockWatch struct {
	// boot is when the machine booted by the clock at the beginning, in Unix
	// nanoseconds.
	boot int64
	log  *slog.Logger

	next time.Time
	told time.Duration
}

// look compares the clocks where it is time to. It logs each time that the wall
// clock was set.
func (c *clockWatch) look(now time.Time) {
	if now.Before(c.next) || c.log == nil {
		return
	}
	c.next = now.Add(lookAtClock)
	boot, _, err := readClocks()
	if err != nil {
		return // as it was at the beginning, without which there is no collector
	}
	c.compare(time.Duration(boot - c.boot))
}

// compare takes how far the wall clock is ahead of the events'.
func (c *clockWatch) compare(ahead time.Duration) {
	if (ahead - c.told).Abs() < clockSet {
		return
	}
	c.told = ahead
	if ahead.Abs() < clockSet {
		c.log.LogAttrs(context.Background(), slog.LevelInfo, "the wall clock was set: it agrees with the times of events again")
		return
	}
	c.log.LogAttrs(context.Background(), slog.LevelWarn, "the wall clock was set: events go on to be told by the clock as it was at the "+
		"start, until the collector is started again", slog.Duration("clock_ahead_of_events", ahead.Round(time.Millisecond)))
}
