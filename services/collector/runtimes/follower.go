package runtimes

import (
	"context"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
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
		connected, err := f.connect(ctx)
		if connected {
			f.complaint, wait = "", f.cfg.RetryLeast
		}
		if err != nil && ctx.Err() == nil && err.Error() != f.complaint {
			f.complaint = err.Error()
			f.log.LogAttrs(ctx, slog.LevelWarn, "container runtime cannot be asked", slog.Any("error", err))
		}
		sleep(ctx, wait)
		wait = min(2*wait, f.cfg.RetryMost)
	}
}

// connect opens a connection and uses it until it breaks or ctx ends; connected
// says whether it came to be.
func (f *follower) connect(ctx context.Context) (connected bool, err error) {
	opening, cancel := context.WithTimeout(ctx, f.cfg.Patience)
	rt, err := open(opening, f.endpoint, f.metrics.cut)
	cancel()
	if err != nil {
		return false, err
	}
	defer func() {
		if closing := rt.Close(); err == nil {
			err = closing
		}
	}()
	f.log.LogAttrs(ctx, slog.LevelInfo, "container runtime found", slog.String("runtime", rt.Name()))
	if f.began == 0 {
		f.began = time.Now().UnixNano()
	}
	f.connected.Store(true)
	defer f.connected.Store(false)
	c := newConnection(f, rt)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.follow(ctx) })
	g.Go(func() error { return c.serve(ctx) })
	return true, g.Wait()
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
