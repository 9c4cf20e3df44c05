package probe

import (
	"context"
	"runtime"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
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

// BenchmarkOpen is what an open costs the program that is observed.
func BenchmarkOpen(b *testing.B) {
	for _, c := range []struct {
		name     string
		interest []string
	}{
		{"idle", nil},
		{"other", []string{"ptrace"}},
		{"openat", []string{"openat"}},
		{"both", []string{"openat", "security_file_open"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			// This process is excluded, so a child has to do it; its time is
			// divided by what it did. Starting it is a millisecond in 100,000 opens.
			p := open(b, Config{BulkRing: 4096})
			if err := p.SetInterest(interest.Of(c.interest...)); err != nil {
				b.Fatal(err)
			}
			path := marked(b)
			const n = 100_000
			best := time.Hour
			for b.Loop() {
				var before, after unix.Rusage
				if err := unix.Getrusage(unix.RUSAGE_CHILDREN, &before); err != nil {
					b.Fatal(err)
				}
				child(b, "opens", path, strconv.Itoa(n))
				if err := unix.Getrusage(unix.RUSAGE_CHILDREN, &after); err != nil {
					b.Fatal(err)
				}
				used := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
				best = min(best, used)
			}
			b.ReportMetric(float64(best.Nanoseconds())/n, "ns/open+close")
			if k := count(b, p, catalogue.Openat); c.name == "openat" && k.Seen < n {
				b.Errorf("%+v", k)
			}
		})
	}
}
