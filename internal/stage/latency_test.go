package stage_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
)

// A message reaches the handler as soon as it is published: nothing polls.
func TestLatency(t *testing.T) {
	conn := bustest.Run(t)
	handled := make(chan time.Time, 1)
	r := start(t, conn, copyConfig(stage.HandlerFunc(func(context.Context, stage.Message) ([]stage.Output, error) {
		handled <- time.Now()
		return nil, nil
	})))
	feed(t, conn, 0, 1)
	<-handled
	var times []time.Duration
	for i := range 100 {
		began := time.Now()
		feed(t, conn, i+1, i+2)
		times = append(times, (<-handled).Sub(began))
		time.Sleep(3 * time.Millisecond)
	}
	r.stop()
	slices.Sort(times)
	t.Logf("median %v, 99th percentile %v", times[50], times[99])
	if times[50] > 20*time.Millisecond {
		t.Errorf("median latency is %v", times[50])
	}
}

// Three stages of 16 partitions that have nothing to do cost next to nothing.
func TestIdle(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	conn := bustest.Run(t)
	var stages []*running
	for _, name := range []string{"a", "b", "c"} {
		cfg := copyConfig(stage.HandlerFunc(copyOne))
		cfg.Stage, cfg.PinnedTTL, cfg.AckWait = name, 0, 0
		stages = append(stages, start(t, conn, cfg))
	}
	feed(t, conn, 0, 5)
	for _, s := range stages {
		time.Sleep(100 * time.Millisecond)
		s.drain()
	}
	const span = 3 * time.Second
	before := cpuTime(t)
	time.Sleep(span)
	share := 100 * float64(cpuTime(t)-before) / float64(span)
	for _, s := range stages {
		s.stop()
	}
	t.Logf("48 idle partitions use %.2f %% of one processor", share)
	if share > 10 {
		t.Errorf("48 idle partitions use %.1f %% of one processor", share)
	}
}
