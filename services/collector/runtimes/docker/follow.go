package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/client"

	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// Follow tells of containers that are created, started, renamed and removed,
// until ctx ends or the connection does, which is an error. ready is called
// when nothing can be missed any more.
func (c *Client) Follow(ctx context.Context, ready func(), tell func(facts.Change)) error {
	filters := client.Filters{}.Add("type", string(events.ContainerEventType)).Add("event",
		string(events.ActionCreate), string(events.ActionStart), string(events.ActionRename), string(events.ActionDestroy))
	// The client's goroutine ends with its context alone.
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	// The daemon answers a moment before it listens to itself: it is asked for
	// what happens in between.
	now := time.Now()
	since := fmt.Sprintf("%d.%09d", now.Unix(), now.Nanosecond())
	stream := c.api.Events(ctx, client.EventsListOptions{Since: since, Filters: filters})
	ready()
	for {
		select {
		case m := <-stream.Messages:
			var cut facts.Cut
			change := facts.Change{ID: m.Actor.ID, Removed: m.Action == events.ActionDestroy, Told: told(&m, &cut)}
			c.cut(cut)
			tell(change)
		case err := <-stream.Err:
			if ctx.Err() != nil {
				return nil
			}
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("docker: events: %w", err)
		}
	}
}
