package runtimes

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/time/rate"

	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// maxChanges is how many changes wait while a runtime is asked.
const maxChanges = 1024

// connection is a runtime that answers. All but follow belongs to the goroutine
// that serves.
type connection struct {
	*follower
	rt      runtime
	changes chan facts.Change
	// following is closed once changes are not missed any more; silent once it
	// is known that the runtime does not tell of them.
	following, silent chan struct{}
	// missed is signalled where a change was dropped.
	missed chan struct{}

	limiter *rate.Limiter
	every   time.Duration
	ticker  *time.Ticker
	// backlog are containers of the list that are not told yet.
	backlog []string
	again   retries
	builder record.Builder
	// since is when the connection was made.
	since time.Time
}

func newConnection(f *follower, rt runtime) *connection {
	return &connection{
		follower: f, rt: rt, changes: make(chan facts.Change, maxChanges),
		following: make(chan struct{}), silent: make(chan struct{}), missed: make(chan struct{}, 1),
		limiter: rate.NewLimiter(rate.Limit(f.cfg.AsksPerSecond), f.cfg.AsksPerSecond),
		every:   f.cfg.ListEvery, since: time.Now(),
	}
}

// follow listens to the runtime.
func (c *connection) follow(ctx context.Context) error {
	err := c.rt.Follow(ctx, func() { close(c.following) }, func(change facts.Change) {
		select {
		case c.changes <- change:
		default:
			c.metrics.count(outcomeQueueFull, 1)
			signal(c.missed)
		}
	})
	if errors.Is(err, facts.ErrNoStream) {
		close(c.silent)
		return nil
	}
	return err
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// serve tells of what is there and then of what happens, until ctx ends or the
// runtime gives no list any more.
func (c *connection) serve(ctx context.Context) error {
	select {
	case <-c.following:
	case <-c.silent:
	case <-ctx.Done():
		return nil
	}
	c.ticker = time.NewTicker(c.every)
	defer c.ticker.Stop()
	if err := c.list(ctx); err != nil {
		return err
	}
	c.log.LogAttrs(ctx, slog.LevelInfo, "container runtime found",
		slog.String("runtime", c.rt.Name()), slog.Int("containers", len(c.backlog)))
	work := make(chan struct{})
	close(work)
	silent := c.silent
	for ctx.Err() == nil {
		more := work
		if len(c.backlog) == 0 {
			more = nil
		}
		var err error
		select {
		case <-ctx.Done():
		case change := <-c.changes:
			c.change(ctx, &change)
		case id := <-c.asks:
			c.answer(ctx, id)
		case <-c.again.due():
			c.answer(ctx, c.again.next())
		case <-c.missed:
			c.ticker.Reset(c.cfg.PollEvery)
		case <-silent:
			silent, c.every = nil, c.cfg.PollEvery
			c.ticker.Reset(c.every)
		case <-c.ticker.C:
			c.ticker.Reset(c.every)
			err = c.list(ctx)
		case <-more:
			id := c.backlog[0]
			c.backlog = c.backlog[1:]
			_ = c.learn(ctx, id) // It is counted, and in the next list.
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// list compares what the runtime has with what was told.
func (c *connection) list(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, c.cfg.Patience)
	defer cancel()
	entries, err := c.rt.List(asking)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	there := make(map[string]bool, len(entries))
	c.backlog = c.backlog[:0]
	for _, e := range entries {
		there[e.ID] = true
		if told, ok := c.memory.get(e.ID); e.Live && (!ok || !told.started || c.retell(told)) {
			c.backlog = append(c.backlog, e.ID)
		}
	}
	for _, id := range c.memory.of(c.endpoint) {
		if !there[id] {
			c.remove(id, nil)
		}
	}
	return nil
}

// change tells of a change.
func (c *connection) change(ctx context.Context, change *facts.Change) {
	switch {
	case !facts.ValidID(change.ID):
		c.metrics.count(outcomeBadID, 1)
		return
	case change.Removed:
		c.remove(change.ID, change.Told)
		return
	}
	if _, known := c.memory.get(change.ID); !known && change.Told != nil {
		c.tell(change.Told)
	}
	if !change.Created {
		_ = c.learn(ctx, change.ID) // It is counted.
	}
}

// answer tells of the container whose cgroup has appeared. The runtime may only
// know it a little later.
func (c *connection) answer(ctx context.Context, id string) {
	if _, told := c.memory.get(id); told {
		c.again.forget(id)
		return
	}
	if !c.limiter.Allow() {
		c.again.forget(id)
		c.metrics.count(outcomeRateLimited, 1)
		return
	}
	err := c.learn(ctx, id)
	if !errors.Is(err, facts.ErrNotFound) {
		c.again.forget(id)
		return
	}
	if !c.again.later(id, time.Now()) {
		c.metrics.count(outcomeNotFound, 1)
	}
}
