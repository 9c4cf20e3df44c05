package runtimes

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// maxAsks is how many new cgroups wait to be asked about.
const maxAsks = 256

// follower keeps to one endpoint, whether a runtime is there or not.
type follower struct {
	cfg      Config
	endpoint Endpoint
	memory   *memory
	metrics  *metrics
	log      *slog.Logger
	// say passes a statement on; false where there is no room.
	say func(statement) bool

	asks      chan string
	connected atomic.Bool
	// began is when the runtime was first reached, in Unix nanoseconds: what was
	// created later is new.
	began int64
	// complaint is the last error that was logged.
	complaint string
}

// ask asks for a container unless it is known; it never blocks.
func (f *follower) ask(id string) {
	if !f.connected.Load() {
		return
	}
	if _, told := f.memory.get(id); told {
		return
	}
	select {
	case f.asks <- id:
	default:
		f.metrics.count(outcomeRateLimited, 1)
	}
}

// run connects until ctx ends.
func (f *follower) run(ctx context.Context) {
	wait := f.cfg.RetryLeast
	for ctx.Err() == nil {
		if _, err := os.Stat(f.endpoint.Socket); err != nil {
			f.complaint, wait = "", f.cfg.RetryLeast
			sleep(ctx, wait)
			continue
		}
		begun := time.Now()
		err := f.connect(ctx)
		if time.Since(begun) > f.cfg.RetryMost {
			f.complaint, wait = "", f.cfg.RetryLeast
		}
		f.complain(ctx, err)
		sleep(ctx, wait)
		wait = min(2*wait, f.cfg.RetryMost)
	}
}

// complain logs why a connection ended, once for each reason. A socket without
// the interface is nothing unusual: Docker's containerd is one.
func (f *follower) complain(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil || err.Error() == f.complaint {
		return
	}
	f.complaint = err.Error()
	level := slog.LevelWarn
	if errors.Is(err, facts.ErrNotServed) {
		level = slog.LevelInfo
	}
	f.log.LogAttrs(ctx, level, "container runtime cannot be asked", slog.Any("error", err))
}

// connect opens a connection and uses it until it breaks or ctx ends.
func (f *follower) connect(ctx context.Context) (err error) {
	opening, cancel := context.WithTimeout(ctx, f.cfg.Patience)
	rt, err := open(opening, f.endpoint, f.metrics.cut)
	cancel()
	if err != nil {
		return err
	}
	defer func() {
		if closing := rt.Close(); err == nil {
			err = closing
		}
	}()
	if f.began == 0 {
		f.began = time.Now().UnixNano()
	}
	f.connected.Store(true)
	defer f.connected.Store(false)
	c := newConnection(f, rt)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.follow(ctx) })
	g.Go(func() error { return c.serve(ctx) })
	return g.Wait()
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
