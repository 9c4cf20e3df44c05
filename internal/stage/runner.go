package stage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric/noop"
	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/internal/bus"
)

const (
	// pinGroup is the priority group whose pinned client owns the partition.
	pinGroup = bus.PinGroup
	// A pin is renewed by pull requests, well before it runs out; the client
	// allows none shorter than a second.
	pullsPerPin   = 3
	minPullExpiry = time.Second
	// drainPoll is how often Drain looks.
	drainPoll = 25 * time.Millisecond
)

// Runner runs one stage over all partitions of a stream.
type Runner struct {
	conn    *bus.Conn
	cfg     Config
	set     Settings
	metrics *metrics
	// opened is closed once Run has all its consumers.
	opened   chan struct{}
	openOnce sync.Once
	// turns has a place for each message that may be handled at once; nil where
	// that is not bounded.
	turns chan struct{}
}

// New checks the configuration and returns a Runner; nothing is read before
// Run is called.
func New(conn *bus.Conn, cfg Config, set Settings) (*Runner, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("stage %s: %w", cfg.Stage, err)
	}
	if set.Logger == nil {
		set.Logger = slog.New(slog.DiscardHandler)
	}
	if set.Meter == nil {
		set.Meter = noop.Meter{}
	}
	set.Logger = set.Logger.With(slog.String("stage", cfg.Stage))
	m, err := newMetrics(set.Meter, cfg)
	if err != nil {
		return nil, fmt.Errorf("stage %s: %w", cfg.Stage, err)
	}
	r := &Runner{conn: conn, cfg: cfg.withDefaults(), set: set, metrics: m, opened: make(chan struct{})}
	if cfg.AtOnce > 0 {
		r.turns = make(chan struct{}, cfg.AtOnce)
	}
	return r, nil
}

// Run handles messages until ctx ends, then finishes the message in hand of
// each partition, publishes and acknowledges it, and returns nil. It returns
// an error where the stage cannot start or its consumers are gone. Several
// Runners of the same stage share the partitions evenly, whoever comes or goes.
func (r *Runner) Run(ctx context.Context) error {
	// All handlers and consumers exist before the first message is taken, so
	// that a stage that cannot start touches nothing.
	partitions := make([]*partition, r.cfg.Partitions)
	for p := range partitions {
		handler, err := r.cfg.NewHandler(p)
		if err != nil {
			return fmt.Errorf("stage %s: handler of partition %d: %w", r.cfg.Stage, p, err)
		}
		partitions[p] = newPartition(r, p, handler)
	}
	for _, p := range partitions {
		err := p.open(ctx)
		if over(ctx) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("stage %s: %w", r.cfg.Stage, err)
		}
	}
	m := newMembership(r.conn, r.cfg, r.set.Instance, r.set.Logger)
	if err := m.join(ctx); err != nil {
		if over(ctx) {
			return nil
		}
		return fmt.Errorf("stage %s: %w", r.cfg.Stage, err)
	}
	defer m.leave(ctx)
	r.openOnce.Do(func() { close(r.opened) })
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return m.run(ctx) })
	group.Go(func() error {
		r.distribute(ctx, m, partitions)
		return nil
	})
	for _, p := range partitions {
		group.Go(func() error { return p.run(ctx) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("stage %s: %w", r.cfg.Stage, err)
	}
	return nil
}

// Pending returns how many messages the stage has not finished: those that
// wait in the stream and those in hand. It is an error as long as the stage has
// never run.
func (r *Runner) Pending(ctx context.Context) (uint64, error) {
	var sum uint64
	for p := range r.cfg.Partitions {
		n, err := r.pendingOf(ctx, p)
		if err != nil {
			return sum, err
		}
		sum += n
	}
	return sum, nil
}

// Drain returns once the stage has nothing left to do: no message waits and
// none is in hand. It is for an ordered stop: when whatever feeds the stage has
// stopped, and Run still runs.
func (r *Runner) Drain(ctx context.Context) error {
	// While a consumer is being made the broker may say that nothing is pending
	// although messages wait.
	select {
	case <-r.opened:
	case <-ctx.Done():
		return fmt.Errorf("stage %s: drain before it runs: %w", r.cfg.Stage, ctx.Err())
	}
	ticker := time.NewTicker(drainPoll)
	defer ticker.Stop()
	for p := 0; p < r.cfg.Partitions; {
		left, err := r.pendingOf(ctx, p)
		if err == nil && left == 0 {
			p++
			continue
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("stage %s: %d messages left in partition %d: %w",
				r.cfg.Stage, left, p, ctx.Err()), err)
		}
	}
	return nil
}

// pendingOf asks for one consumer: asking for all at once takes seconds while
// a server of a cluster is away.
func (r *Runner) pendingOf(ctx context.Context, p int) (uint64, error) {
	name := consumerName(r.cfg.Stage, p)
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	consumer, err := r.conn.JetStream().Consumer(ctx, r.cfg.Stream, name)
	if err != nil {
		return 0, fmt.Errorf("stage %s: consumer %s of %s: %w", r.cfg.Stage, name, r.cfg.Stream, err)
	}
	info := consumer.CachedInfo()
	return info.NumPending + uint64(max(info.NumAckPending, 0)), nil
}

// consumerName is part of what operators see and scale on.
func consumerName(stage string, partition int) string {
	return bus.ConsumerName(stage, partition)
}
