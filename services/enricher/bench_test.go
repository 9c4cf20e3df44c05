package enricher

import (
	"context"
	"fmt"
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
	"golang.org/x/sys/unix"
)

// realistic is a batch as a busy host sends it: 256 events, mostly opens, of
// some 20 processes of which two are new.
func realistic() *raw {
	m := newRaw().cgroup(catalogue.ExistingCgroup, 1, 1, "/").
		cgroup(catalogue.ExistingCgroup, 1, 7, "/docker/"+idA).exec(20, initd, "/sbin/init")
	var tasks []*task
	for i := range int32(20) {
		k := initd.child(100+i, uint64(100+10*i))
		if i%2 == 0 {
			k.cgroup = 7
		}
		tasks = append(tasks, k)
	}
	for i, at := 0, uint64(1000); m.env.Count < 256; i, at = i+1, at+1 {
		k := tasks[i/3%len(tasks)]
		switch i % 100 {
		case 20:
			m.fork(at, initd, k).exec(at, k, "/usr/bin/program", "--verbose", "--output", "/tmp/x")
		default:
			m.open(at, k, fmt.Sprintf("/usr/lib/x86_64-linux-gnu/lib%d.so", i%40))
		}
	}
	return m
}

func BenchmarkHandle(b *testing.B) {
	r := newRig(b, nil)
	m := realistic()
	in := m.message(b, 1)
	b.SetBytes(int64(len(in.Data)))
	b.ReportAllocs()
	began := processorTime(b)
	for b.Loop() {
		in.StreamSeq++
		if _, err := r.handler.Handle(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
	events := float64(b.N) * float64(m.env.Count)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/events, "ns/event")
	b.ReportMetric(float64(processorTime(b)-began)/events, "cpu-ns/event")
}

// processorTime returns what the process has used so far, in nanoseconds: on a
// busy machine it says more than the clock.
func processorTime(b *testing.B) int64 {
	var use unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return use.Utime.Nano() + use.Stime.Nano()
}
