package stage_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
)

// copyConfig is a stage from RAW to EVENTS with one handler for all partitions.
func copyConfig(h stage.Handler) stage.Config {
	return stage.Config{
		Stage: "copy", Stream: bus.StreamRaw, Filter: bus.RawFilter,
		NewHandler: func(int) (stage.Handler, error) { return h, nil },
		AckWait:    time.Second, PinnedTTL: 2 * time.Second, StopWait: 5 * time.Second,
		MinBackoff: time.Millisecond, MaxBackoff: 5 * time.Millisecond,
	}
}

func copyOne(_ context.Context, in stage.Message) ([]stage.Output, error) {
	return []stage.Output{{Subject: bus.EventsSubject(in.Partition, "n"), ID: "out/" + in.ID, Data: in.Data}}, nil
}

// running is a stage at work.
type running struct {
	*stage.Runner
	t       *testing.T
	metrics *sdkmetric.ManualReader
	cancel  context.CancelFunc
	ended   chan error
}

func start(t *testing.T, conn *bus.Conn, cfg stage.Config) *running {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	runner, err := stage.New(conn, cfg, stage.Settings{Logger: bustest.Logger(t), Meter: provider.Meter("test")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{Runner: runner, t: t, metrics: reader, cancel: cancel, ended: make(chan error, 1)}
	go func() { r.ended <- runner.Run(ctx) }()
	return r
}

func (r *running) drain() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 30*time.Second)
	defer cancel()
	if err := r.Drain(ctx); err != nil {
		select {
		case ended := <-r.ended:
			r.t.Fatalf("stage ended (%v): %v", ended, err)
		default:
			r.t.Fatal(err)
		}
	}
}

func (r *running) stop() {
	r.t.Helper()
	r.cancel()
	select {
	case err := <-r.ended:
		if err != nil {
			r.t.Fatal(err)
		}
	case <-time.After(20 * time.Second):
		r.t.Fatal("stage does not stop")
	}
}

// count returns the value of a counter, of one outcome where that is given.
func (r *running) count(name, outcome string) int64 {
	r.t.Helper()
	var all metricdata.ResourceMetrics
	if err := r.metrics.Collect(r.t.Context(), &all); err != nil {
		r.t.Fatal(err)
	}
	var sum int64
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			data, ok := m.Data.(metricdata.Sum[int64])
			if m.Name != name || !ok {
				continue
			}
			for _, point := range data.DataPoints {
				if v, ok := point.Attributes.Value("outcome"); outcome == "" || ok && v.AsString() == outcome {
					sum += point.Value
				}
			}
		}
	}
	return sum
}

func feed(t testing.TB, conn *bus.Conn, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		m := bus.Message{Subject: bus.RawSubject(fmt.Sprint("n", i%5)), ID: fmt.Sprint("in/", i), Data: []byte("x")}
		if err := conn.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
}

func stored(t testing.TB, conn *bus.Conn, stream string) int {
	t.Helper()
	usage, err := conn.Usage(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	return int(usage.Messages)
}

// letter returns the only dead letter.
func letter(t *testing.T, conn *bus.Conn) bus.Received {
	t.Helper()
	if n := stored(t, conn, bus.StreamDLQ); n != 1 {
		t.Fatalf("there are %d dead letters, want one", n)
	}
	var got bus.Received
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamDLQ}, func(_ context.Context, m bus.Received) error {
		got = m
		cancel()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Draining a stage that is only about to run must not pass for drained: the
// broker knows nothing of its consumers yet.
func TestDrainWaitsForRun(t *testing.T) {
	conn := bustest.Run(t)
	feed(t, conn, 0, 5)
	runner, err := stage.New(conn, copyConfig(stage.HandlerFunc(copyOne)), stage.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	early, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := runner.Drain(early); err == nil {
		t.Fatal("drained before it ran")
	}
	drained := make(chan error, 1)
	go func() { drained <- runner.Drain(t.Context()) }()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	if err := <-drained; err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	usage, err := conn.Usage(t.Context(), bus.StreamEvents)
	if err != nil || usage.Messages != 5 {
		t.Errorf("%d outputs, %v; want 5", usage.Messages, err)
	}
}
