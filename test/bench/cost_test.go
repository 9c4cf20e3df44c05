package bench

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// processorTime is what this process has used so far, broker and client and
// stage together: on a busy machine it says more than the clock.
func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cost is what work took for a number of items.
type cost struct {
	items     int
	cpu, wall time.Duration
}

// measured adds what work takes to c; work returns how many items it did.
func (c *cost) measured(t testing.TB, work func() int) {
	t.Helper()
	began, cpu := time.Now(), processorTime(t)
	c.items += work()
	c.cpu += processorTime(t) - cpu
	c.wall += time.Since(began)
}

// add adds another cost of the same kind.
func (c *cost) add(other cost) {
	c.items, c.cpu, c.wall = c.items+other.items, c.cpu+other.cpu, c.wall+other.wall
}

// untimed does work that is not part of a benchmark's time.
func untimed(t testing.TB, work func()) {
	if b, ok := t.(*testing.B); ok {
		b.StopTimer()
		defer b.StartTimer()
	}
	work()
}

// perItem is the processor time of one item in nanoseconds.
func (c cost) perItem() float64 { return float64(c.cpu.Nanoseconds()) / float64(max(c.items, 1)) }

// rate is how many items went through in a second.
func (c cost) rate() float64 { return float64(c.items) / c.wall.Seconds() }
