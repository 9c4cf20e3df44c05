package probe

import (
	"context"
	"runtime"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector"
)

// cpuTime is what this thread has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}

// BenchmarkRead is the collector's cost for an event: from the kernel's ring
// into a batch. Thread CPU time, as other programs use the machine too.
func BenchmarkRead(b *testing.B) {
	p := open(b, Config{BulkRing: 128 << 20})
	if err := p.SetInterest(interest.Of("openat")); err != nil {
		b.Fatal(err)
	}
	path := marked(b)
	c, err := collector.New(collector.Config{Node: "n", Subject: func(string) string { return "s" }},
		drainer{b, p, path}, new(nowhere), stage.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
}

type nowhere struct{}

func (*nowhere) Publish(context.Context, stage.Output) error { return nil }

// drainer fills the ring, then measures emptying it.
type drainer struct {
	b    *testing.B
	p    *Probe
	path string
}

func (d drainer) Run(_ context.Context, to collector.Sink) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var events int
	var spent time.Duration
	for d.b.Loop() {
		child(d.b, "opens", d.path, strconv.Itoa(100_000))
		began := cpuTime(d.b)
		for n := d.p.drain(to); n > 0; n = d.p.drain(to) {
			events += n
		}
		spent += cpuTime(d.b) - began
	}
	d.b.ReportMetric(float64(spent.Nanoseconds())/float64(events), "cpu-ns/event")
	d.b.ReportMetric(float64(events)/spent.Seconds(), "events/s")
	return nil
}
