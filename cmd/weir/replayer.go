package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/notifier/destination"
)

// replayer is one run of "weir replay".
type replayer struct {
	options *replayOptions
	frame   *run.Frame
	input   *played
	cmd     *cobra.Command
	status  *statusLine
	began   time.Time
	found   atomic.Int64
}

// progress says how far the replay is.
func (p *replayer) progress() string {
	return progressLine(p.input.read.n.Load(), p.input.size, int(p.input.events.Load()), time.Since(p.began))
}

// summary says what was played.
func (p *replayer) summary() {
	text := count(int(p.input.events.Load()), "event", "events")
	if p.options.bus.URL == "" {
		text += ", " + count(int(p.found.Load()), "finding", "findings")
	} else {
		text += ", published in " + count(int(p.input.batches.Load()), "batch", "batches")
	}
	if n := p.input.invalid; n > 0 {
		text += ", " + count(n, "invalid line", "invalid lines")
	}
	if lost := p.input.lost.Load() - int64(p.input.invalid); lost > 0 {
		text += fmt.Sprintf(", %d lost before", lost)
	}
	fmt.Fprintln(p.cmd.ErrOrStderr(), text)
}

// replayConsole counts the findings that it shows, below no status line.
type replayConsole struct {
	destination.Destination
	status *statusLine
	found  *atomic.Int64
}

// Deliver shows one finding.
func (c *replayConsole) Deliver(ctx context.Context, f destination.Finding) error {
	c.status.clear()
	if err := c.Destination.Deliver(ctx, f); err != nil {
		return err
	}
	c.found.Add(1)
	return nil
}
