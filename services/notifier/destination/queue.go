package destination

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// maxPause is the longest pause between two attempts, whatever a Destination
// asks for.
const maxPause = 30 * time.Second

// QueueConfig says how a Queue treats its Destination. The zero value is good.
type QueueConfig struct {
	// Size is how many findings may wait; 0 means 1024.
	Size int
	// Attempts is how often delivery of one finding is tried; 0 means 5.
	Attempts int
	// Backoff is the pause before the second attempt, doubled before each
	// further one; 0 means 200 ms.
	Backoff time.Duration
	// OnFailure is told of each finding that could not be delivered, from the
	// Queue's goroutine; it may be nil.
	OnFailure func(Finding, error)
}

func (c QueueConfig) withDefaults() QueueConfig {
	if c.Size <= 0 {
		c.Size = 1024
	}
	if c.Attempts <= 0 {
		c.Attempts = 5
	}
	if c.Backoff <= 0 {
		c.Backoff = 200 * time.Millisecond
	}
	if c.OnFailure == nil {
		c.OnFailure = func(Finding, error) {}
	}
	return c
}

// Queue keeps a slow Destination from holding up whoever finds: findings wait
// in it, in their order, and only where it is full is there a wait. Nothing is
// dropped silently: each finding is delivered or counted as failed.
type Queue struct {
	cfg     QueueConfig
	to      Destination
	waiting chan Finding
	cancel  context.CancelFunc
	worker  sync.WaitGroup
	closing sync.Once

	delivered, failed atomic.Int64
	// down says that the last finding failed at all attempts: then the next ones
	// get one attempt each, until one arrives.
	down bool
}

// NewQueue returns a Queue whose work ends with Drain or Close, and gives up
// where ctx ends. One of the two must be called.
func NewQueue(ctx context.Context, cfg QueueConfig, to Destination) *Queue {
	cfg = cfg.withDefaults()
	ctx, cancel := context.WithCancel(ctx)
	q := &Queue{cfg: cfg, to: to, waiting: make(chan Finding, cfg.Size), cancel: cancel}
	q.worker.Go(func() { q.run(ctx) })
	return q
}

// Put adds a finding. It waits while the Queue is full, and fails only where ctx
// ends: then the finding counts as failed. It must not be called after Drain or
// Close.
func (q *Queue) Put(ctx context.Context, f Finding) error {
	select {
	case q.waiting <- f:
		return nil
	case <-ctx.Done():
		q.failed.Add(1)
		return ctx.Err()
	}
}

// Drain returns when all findings have been delivered or given up. Where ctx
// ends, all that are left are given up.
func (q *Queue) Drain(ctx context.Context) {
	stop := context.AfterFunc(ctx, q.cancel)
	defer stop()
	q.closing.Do(func() { close(q.waiting) })
	q.worker.Wait()
}

// Close gives up what was not delivered yet.
func (q *Queue) Close() {
	q.cancel()
	q.Drain(context.Background())
}

// Delivered returns how many findings have arrived.
func (q *Queue) Delivered() int { return int(q.delivered.Load()) }

// Failed returns how many findings could not be delivered.
func (q *Queue) Failed() int { return int(q.failed.Load()) }

func (q *Queue) run(ctx context.Context) {
	for f := range q.waiting {
		err := q.deliver(ctx, f)
		if err == nil {
			q.delivered.Add(1)
			continue
		}
		q.failed.Add(1)
		q.cfg.OnFailure(f, err)
	}
}

// deliver tries until the finding has arrived or there is no use any more.
func (q *Queue) deliver(ctx context.Context, f Finding) error {
	pause := q.cfg.Backoff
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := q.to.Deliver(ctx, f)
		if err == nil {
			q.down = false
			return nil
		}
		if errors.Is(err, ErrRefused) || errors.Is(err, ErrClosed) {
			return err
		}
		if q.down || attempt >= q.cfg.Attempts {
			q.down = true
			return err
		}
		wait(ctx, q.pause(pause, err))
		pause *= 2
	}
}

// pause returns how long to wait: what the Destination asked for, or the
// back-off with up to a quarter more, so that many do not come back at once.
func (q *Queue) pause(backoff time.Duration, err error) time.Duration {
	var asked *RetryError
	if errors.As(err, &asked) && asked.After > 0 {
		return min(asked.After, maxPause)
	}
	return min(backoff+rand.N(backoff/4+1), maxPause) //nolint:gosec // no secret
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
