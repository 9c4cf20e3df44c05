package rego

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
)

// The ways in which the same signatures are evaluated.
const (
	byGo       = "go"
	byClosures = "compiled"
	byTopdown  = "topdown"
)

// engines makes a set of signatures of the corpus in one of the ways: n of them,
// or the one at place only where it is not negative.
func engines(tb testing.TB, way string, n, only int) *engine.Set {
	tb.Helper()
	base := twins()
	var programs []engine.Program
	files := fstest.MapFS{}
	for i := range n {
		t, k := base[i%len(base)], i/len(base)
		switch {
		case only >= 0 && i != only:
		case way == byGo:
			programs = append(programs, golang.New(golangTwin{t, k, t.golang(k)}))
		default:
			files[fmt.Sprintf("%s-%d.rego", t.name, k)] = &fstest.MapFile{Data: []byte(t.rego(k))}
		}
	}
	if way != byGo {
		loaded, problems := NewLoader(Options{Reference: way == byTopdown}).Load(context.Background(), files, "corpus")
		if len(problems) > 0 || len(loaded) != len(files) {
			tb.Fatalf("%d of %d loaded: %v", len(loaded), len(files), problems)
		}
		programs = loaded
	}
	return engine.NewSet(programs, engine.Limits{})
}

// cpuTime is the processor time of this thread, which other programs on the
// machine hardly change.
func cpuTime(tb testing.TB) time.Duration {
	var used unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &used); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(used.Nano())
}

// race has evaluators go through the same events in turns, and returns the
// nanoseconds of processor time that each takes for an event: the median of
// the rounds.
func race(b *testing.B, events []*event.Event, rounds int, sets ...*engine.Set) []float64 {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	times := make([][]float64, len(sets))
	evaluators := make([]*engine.Evaluator, len(sets))
	for i, s := range sets {
		evaluators[i] = s.Evaluator()
	}
	ctx := context.Background()
	for round := range rounds + 1 {
		for i, e := range evaluators {
			part := events
			if i == len(sets)-1 && len(sets) > 2 {
				part = events[:len(events)/10] // topdown, which takes its time
			}
			began := cpuTime(b)
			for _, ev := range part {
				e.Evaluate(ctx, ev)
			}
			if round > 0 { // the first one warms up
				times[i] = append(times[i], float64(cpuTime(b)-began)/float64(len(part)))
			}
		}
	}
	medians := make([]float64, len(sets))
	for i := range times {
		slices.Sort(times[i])
		medians[i] = times[i][len(times[i])/2]
	}
	return medians
}

// The same signatures over the same events, in turns: written in Go by hand,
// compiled from Rego, and evaluated by OPA's prepared queries behind the
// selectors. Processor time for one event of a stream of many kinds.
func BenchmarkEngines(b *testing.B) {
	events := stream(10_000, 20)
	for _, n := range []int{10, 50, 200} {
		b.Run(fmt.Sprintf("signatures=%d", n), func(b *testing.B) {
			sets := []*engine.Set{engines(b, byGo, n, -1), engines(b, byClosures, n, -1), engines(b, byTopdown, n, -1)}
			var times []float64
			for b.Loop() {
				times = race(b, events, 5, sets...)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(times[0], "go-ns/event")
			b.ReportMetric(times[1], "compiled-ns/event")
			b.ReportMetric(times[2], "topdown-ns/event")
			b.ReportMetric(times[1]/times[0], "x-go")
			b.ReportMetric(times[2]/times[1], "x-faster-than-topdown")
			b.ReportMetric(allocations(sets[1], events), "compiled-allocs/event")
		})
	}
}

// allocations is how often evaluating an event asks for memory.
func allocations(s *engine.Set, events []*event.Event) float64 {
	e, i := s.Evaluator(), 0
	return testing.AllocsPerRun(len(events), func() {
		e.Evaluate(context.Background(), events[i%len(events)])
		i++
	})
}

// One signature of each kind alone, over the events that it selects.
func BenchmarkOneSignature(b *testing.B) {
	all := stream(50_000, 20)
	product := 1.0
	for i, t := range twins() {
		var events []*event.Event
		for _, e := range all {
			if slices.Contains(t.events, e.Name()) {
				events = append(events, e)
			}
		}
		b.Run(t.name, func(b *testing.B) {
			sets := []*engine.Set{engines(b, byGo, i+1, i), engines(b, byClosures, i+1, i)}
			var times []float64
			for b.Loop() {
				times = race(b, events, 9, sets...)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(times[0], "go-ns/event")
			b.ReportMetric(times[1], "compiled-ns/event")
			b.ReportMetric(times[1]/times[0], "x-go")
			product *= times[1] / times[0]
		})
	}
	b.Logf("geometric mean over the signatures: %.2f of Go", math.Pow(product, 1/float64(len(twins()))))
}
