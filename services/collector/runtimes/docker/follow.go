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

// imagePatience is how long the daemon may take to say what an image is.
const imagePatience = time.Second

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
			tell(c.changed(ctx, &m))
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

// changed turns an event into a change. A container that is created is not
// inspected: the daemon only answers once it is started, which is too late for
// what it does first.
func (c *Client) changed(ctx context.Context, m *events.Message) facts.Change {
	var cut facts.Cut
	change := facts.Change{
		ID: m.Actor.ID, Removed: m.Action == events.ActionDestroy, Created: m.Action == events.ActionCreate,
		Told: told(m, &cut),
	}
	if change.Created {
		asking, cancel := context.WithTimeout(ctx, imagePatience)
		defer cancel()
		change.Told.ImageDigest = cut.Text(c.digestOf(asking, change.Told.Image))
	}
	c.cut(cut)
	return change
}
