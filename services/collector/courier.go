package collector

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
)

const (
	// tick is how often it is looked whether the broker is too slow.
	tick = 20 * time.Millisecond
	// retrySpool is how long a spool that could not be written to is left alone.
	retrySpool = 500 * time.Millisecond
)

// courier brings batches from the queue to the broker, in their order: straight,
// or by way of the disk while the broker does not take them. Then all of them
// go that way, until the disk has none left.
type courier struct {
	cfg     Config
	queue   *queue
	losses  *losses
	metrics *metrics
	log     *slog.Logger
	sender  *sender
	// spill is nil without a spool.
	spill   *spill
	episode *episode
	teller  *teller
	// aligned says that the drain knows what the broker has of what an earlier
	// process left.
	aligned bool

	mu       sync.Mutex
	spooling bool
	flight   flight
	// freed is signalled when the spool has become smaller.
	freed chan struct{}
}

func newCourier(cfg Config, q *queue, l *losses, m *metrics, pub Publisher, set stage.Settings) *courier {
	c := &courier{cfg: cfg, queue: q, losses: l, metrics: m, log: set.Logger, freed: make(chan struct{}, 1)}
	c.sender = &sender{pub: pub, log: set.Logger, metrics: m, attempt: cfg.attempt, patient: cfg.Spool != nil}
	c.episode, c.teller = newEpisode(cfg, set.Logger), newTeller(pub, set.Logger)
	c.sender.troubled = c.episode.refused
	if cfg.Spool != nil {
		c.spill = &spill{spool: cfg.Spool}
		// What an earlier process left goes first.
		c.spooling = !cfg.Spool.Empty()
		// Nobody knows how far it came.
		c.sender.doubt, c.aligned = c.spooling, !c.spooling
	}
	return c
}

// run carries until the queue is closed and empty, or ctx ends. What the spool
// has then stays there for the next process where stopping has ended; otherwise
// it is waited for.
func (c *courier) run(ctx, stopping context.Context) {
	if c.spill == nil {
		c.carry(ctx)
		return
	}
	own, stop := context.WithCancel(ctx)
	defer stop()
	if c.spooling {
		c.episode.begin(c.spill.spool)
	}
	var g errgroup.Group
	g.Go(func() error { c.drain(own); return nil })
	g.Go(func() error { c.watch(own); return nil })
	c.carry(ctx)
	for !c.spill.spool.Empty() && stopping.Err() == nil && ctx.Err() == nil {
		select {
		case <-time.After(tick):
		case <-stopping.Done():
		case <-ctx.Done():
		}
	}
	stop()
	_ = g.Wait() // they return none
}

// carry takes batches out of the queue in their order.
func (c *courier) carry(ctx context.Context) {
	for {
		b := c.queue.next(ctx)
		if b == nil || !c.handle(ctx, b) {
			return
		}
		c.queue.done()
	}
}

// handle brings one batch to the broker or to disk, or makes a loss of it where
// the broker will never take it. It returns false where ctx ended first.
func (c *courier) handle(ctx context.Context, b *batch) bool {
	for ctx.Err() == nil {
		spooling, done := c.toDisk(b, false)
		if done {
			return true
		}
		if spooling {
			// There is no room: it waits for some.
			select {
			case <-c.freed:
			case <-time.After(retrySpool):
			case <-ctx.Done():
			}
			continue
		}
		err, held := c.straight(ctx, b)
		switch {
		case err == nil:
			return true
		case ctx.Err() != nil:
			return false
		case !held:
			c.refused(ctx, b, err)
			return true
		}
		if _, done := c.toDisk(b, true); done {
			return true
		}
	}
	return false
}

// straight publishes a batch. held says that it took too long, not that it was
// refused.
func (c *courier) straight(ctx context.Context, b *batch) (err error, held bool) {
	env := b.raw.Envelope
	env.Stamps[len(env.Stamps)-1].Out = time.Now().UnixNano()
	data, err := b.raw.MarshalVT()
	if err != nil {
		return fmt.Errorf("collector: marshal batch: %w", err), false
	}
	own := ctx
	if c.spill != nil {
		var cancel context.CancelFunc
		own, cancel = context.WithCancel(ctx)
		defer cancel()
		c.flight.begin(cancel)
		defer c.flight.end()
	}
	if err := c.sender.send(own, output(c.cfg.Subject(env.Node), env, data), env); err != nil {
		return fmt.Errorf("collector: publish: %w", err), own.Err() != nil
	}
	c.metrics.published(b.events, len(data))
	c.teller.wrote(env)
	c.episode.straight()
	return nil, false
}

// toDisk puts a batch into the spool, where batches go there already or begin
// says that they do from now on. done says that the spool has it.
func (c *courier) toDisk(b *batch, begin bool) (spooling, done bool) {
	if c.spill == nil {
		return false, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.spooling && !begin {
		return false, false
	}
	n, err := c.keep(b)
	c.spill.note(err)
	if err != nil {
		c.flight.pause(retrySpool)
		c.episode.unwritten(err)
		return c.spooling, false
	}
	if !c.spooling {
		c.spooling = true
		c.episode.begin(c.spill.spool)
	}
	c.episode.written(b.raw.Envelope.Count)
	c.metrics.spooled(n)
	return true, true
}

// keep appends a batch to the spool and returns its bytes.
func (c *courier) keep(b *batch) (int, error) {
	env := b.raw.Envelope
	env.Stamps[len(env.Stamps)-1].Out = time.Now().UnixNano()
	data, err := b.raw.MarshalVT()
	if err != nil {
		return 0, fmt.Errorf("collector: marshal batch: %w", err)
	}
	facts, err := factsOf(b).MarshalVT()
	if err != nil {
		return 0, fmt.Errorf("collector: marshal facts: %w", err)
	}
	return len(data), c.spill.spool.Append(facts, data, uint64(env.Count))
}

// refused turns a batch that the broker will never take into a loss.
func (c *courier) refused(ctx context.Context, b *batch, err error) {
	c.log.ErrorContext(ctx, "batch refused", slog.Any("error", err), slog.Uint64("first_seq", b.raw.Envelope.FirstSeq))
	c.lose(factsOf(b), "refused")
}

// lose makes losses of what was in a batch with these facts, and returns how
// many events that were.
func (c *courier) lose(facts *eventpb.Envelope, reason string) (total uint64) {
	for _, l := range facts.Losses {
		if l.Reason == "" {
			l.Reason = reason
			total += l.Count
			c.metrics.lost(reason, l.Event, l.Count)
		}
		c.losses.add(l)
	}
	return total
}
