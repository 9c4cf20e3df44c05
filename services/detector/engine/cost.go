package engine

import (
	"context"
	"runtime"
	"time"

	"github.com/weirsec/weir/services/detector/stopwatch"
)

// timed evaluates a signature and notes what it cost. Evaluations are sampled
// evenly for the statistics; those that are timed because the last one was slow
// count for the quarantine only.
func (e *Evaluator) timed(ctx context.Context, s *slot, sampled bool) error {
	var took time.Duration
	var q *Quarantine
	var err error
	if s.watching.hot > 0 {
		var used time.Duration
		took, used, err = e.measured(ctx, s)
		q = s.watching.measured(took, used, &e.set.limits)
	} else {
		start := time.Now()
		err = e.guarded(ctx, s)
		took = time.Since(start)
		q = s.watching.timing(took, &e.set.limits)
	}
	if sampled {
		s.counters.sampledNanos.Add(uint64(took))
		s.counters.sampled.Add(1)
	}
	if q != nil {
		e.dear(s, *q)
	}
	return err
}

// measured evaluates a signature and returns how long that took and what it used
// of a processor. That costs more than a small signature, so only what was slow
// is measured.
func (e *Evaluator) measured(ctx context.Context, s *slot) (took, used time.Duration, err error) {
	// The clock is the thread's: nothing else may run on it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start, before := time.Now(), stopwatch.ThreadTime()
	err = e.guarded(ctx, s)
	after := stopwatch.ThreadTime()
	took = time.Since(start)
	if before < 0 || after < before {
		return took, took, err
	}
	return took, after - before, err
}
