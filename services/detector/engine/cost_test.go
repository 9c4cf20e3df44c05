package engine

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/services/detector/stopwatch"
)

// one is what an evaluation took by the clock and used of a processor.
type one struct{ took, used time.Duration }

// times is an evaluation again and again.
func times(n int, list ...one) []one { return slices.Repeat(list, n) }

func TestCost(t *testing.T) {
	limits := Limits{Cost: time.Millisecond, CostWindow: 16}.orDefault()
	const ms, us, s = time.Millisecond, time.Microsecond, time.Second
	for _, c := range []struct {
		name string
		all  []one
		want int
	}{
		{"cheap", times(100, one{ms / 2, ms / 2}), 0},
		{"one long pause of the machine", slices.Concat(times(5, one{us, us}), times(1, one{s, us}), times(40, one{us, us})), 0},
		{"just too much", times(100, one{ms + 1, ms + 1}), 16},
		{"far too much", times(100, one{100 * ms, 100 * ms}), leastTimed},
		{"cheap and dear in turns", times(100, one{ms / 2, ms / 2}, one{10 * ms, 10 * ms}), 8},
		{"in turns, cheap in the mean", times(100, one{ms / 2, ms / 2}, one{ms, ms}), 0},
		{"waits for a processor each tenth time", times(1000, slices.Concat(times(9, one{us, us}), times(1, one{s, us}))...), 0},
		{"waits for something always", times(100, one{10 * ms, us}), leastTimed},
		{"waits for something every second time", times(100, one{us, us}, one{20 * ms, us}), 12},
	} {
		var w watch
		at := 0
		for i, e := range c.all {
			q := (*Quarantine)(nil)
			if w.hot > 0 {
				q = w.measured(e.took, e.used, &limits)
			} else {
				q = w.timing(e.took, &limits)
			}
			if q != nil {
				at = i + 1
				break
			}
		}
		if at != c.want {
			t.Errorf("%s: after %d, want %d", c.name, at, c.want)
		}
	}
}

func TestHot(t *testing.T) {
	limits := Limits{Cost: time.Millisecond}.orDefault()
	var w watch
	if w.timing(time.Microsecond, &limits); w.hot != 0 {
		t.Error("a fast evaluation heats up")
	}
	for range 2 {
		if w.timing(time.Second, &limits); w.hot == 0 {
			t.Fatal("a slow evaluation does not heat up")
		}
		for range leastTimed {
			w.measured(time.Microsecond, time.Microsecond, &limits)
		}
		if w.hot != 0 {
			t.Error("fast evaluations do not cool down")
		}
	}
}

// spin uses a processor for so long.
func spin(d time.Duration) {
	for until := stopwatch.ThreadTime() + d; stopwatch.ThreadTime() < until; {
	}
}

// A slow signature is timed at each evaluation, so it goes soon, and the
// statistics stay a fair sample.
func TestSlowSignatureGoes(t *testing.T) {
	for name, wait := range map[string]func(time.Duration){"works": spin, "sleeps": time.Sleep} {
		t.Run(name, func(t *testing.T) {
			slow := always("slow", onOpenat())
			slow.match = func(*Input, func(map[string]any)) error { wait(2 * time.Millisecond); return nil }
			set := NewSet(programs(slow), Limits{Cost: time.Millisecond, CostWindow: 16})
			e := set.Evaluator()
			events := 0
			for range 100 {
				matches, faults := e.Evaluate(t.Context(), newEvent("openat", "host"))
				events++
				if len(told(matches)) > 0 {
					if len(faults) != 1 || faults[0].Kind != FaultCost || !faults[0].Quarantined || faults[0].Err == nil {
						t.Errorf("faults %+v", faults)
					}
					break
				}
			}
			q, out := set.Signatures()[0].Quarantine()
			if stats := set.Stats()[0]; !out || q.Reason != ReasonCost || events > 16 || stats.Sampled != 1 {
				t.Errorf("after %d events: %v, %+v, stats %+v", events, out, q, stats)
			}
		})
	}
}

// onFirst has the goroutine at hand share one processor with all others that call
// it. The thread ends with the goroutine, which does not unlock it.
func onFirst(t *testing.T) {
	runtime.LockOSThread()
	var all, first unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		t.Error(err)
	}
	cpu := 0
	for !all.IsSet(cpu) && all.Count() > 0 {
		cpu++
	}
	first.Set(cpu)
	if err := unix.SchedSetaffinity(0, &first); err != nil {
		t.Error(err)
	}
}

// What has to wait for a processor is not the signature's fault: here it shares
// one with threads that never rest.
func TestWaitingForProcessorIsBorne(t *testing.T) {
	const borne, others = 50 * time.Microsecond, 3
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(others + 2))
	var stop atomic.Bool
	var threads sync.WaitGroup
	for range others {
		threads.Go(func() {
			onFirst(t)
			for !stop.Load() {
			}
		})
	}
	cheap := always("cheap", onOpenat())
	cheap.match = func(*Input, func(map[string]any)) error { spin(5 * time.Microsecond); return nil }
	set := NewSet(programs(cheap), Limits{Cost: borne})
	var longest time.Duration
	threads.Go(func() {
		defer stop.Store(true)
		onFirst(t)
		e, ev := set.Evaluator(), newEvent("openat", "host")
		for began := time.Now(); time.Since(began) < 2*time.Second; {
			start := time.Now()
			e.Evaluate(t.Context(), ev)
			longest = max(longest, time.Since(start))
		}
	})
	threads.Wait()
	// By the clock, one such evaluation among 64 would be too much for all.
	if longest < 64*borne {
		t.Errorf("no evaluation had to wait: the longest took %s", longest)
	}
	if q, out := set.Signatures()[0].Quarantine(); out {
		t.Errorf("taken out: %+v", q)
	}
}
