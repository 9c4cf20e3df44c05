package stage_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
)

const batchSize = 64 << 10

// BenchmarkStage compares a stage (fetch, handle, publish, acknowledge, all
// strictly in order in each partition) with what its parts cost: publishing
// the same batches and reading them without acknowledgement.
func BenchmarkStage(b *testing.B) {
	b.Run("publish", func(b *testing.B) {
		conn := bustest.Run(b)
		measure(b, func() { fill(b, conn, b.N) })
	})
	b.Run("read", func(b *testing.B) {
		conn := bustest.Run(b)
		fill(b, conn, b.N)
		measure(b, func() { readAll(b, conn, b.N) })
	})
	b.Run("stage", func(b *testing.B) {
		conn := bustest.Run(b)
		fill(b, conn, b.N)
		r, err := stage.New(conn, copyConfig(stage.HandlerFunc(copyOne)), stage.Settings{})
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		measure(b, func() {
			go func() { ended <- r.Run(ctx) }()
			for r.Drain(b.Context()) != nil { // until the consumers exist
				time.Sleep(time.Millisecond)
			}
		})
		cancel()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
		if n := stored(b, conn, bus.StreamEvents); n != b.N {
			b.Fatalf("%d outputs, want %d", n, b.N)
		}
	})
}

// fill publishes n batches that compress about as well as events do.
func fill(b *testing.B, conn *bus.Conn, n int) {
	data := make([]byte, 0, batchSize)
	for i := 0; len(data) < batchSize-64; i++ {
		data = fmt.Appendf(data, "openat /usr/lib/x86_64/%d pid %d\x00", i*7919%1000, i%50)
	}
	var set []bus.Message
	for i := range n {
		set = append(set, bus.Message{Subject: bus.RawSubject(fmt.Sprint("n", i%32)), ID: fmt.Sprint(i), Data: data})
		if len(set) == 64 || i == n-1 {
			if err := conn.PublishAll(b.Context(), set); err != nil {
				b.Fatal(err)
			}
			set = set[:0]
		}
	}
	b.SetBytes(int64(len(data)))
}

func readAll(b *testing.B, conn *bus.Conn, n int) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	err := conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamRaw}, func(_ context.Context, m bus.Received) error {
		if bytes.HasPrefix(m.Data, []byte("openat")) {
			n--
		}
		if n == 0 {
			cancel()
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// measure reports the processor time of client and server together, which is
// what stays the same on a busy machine.
func measure(b *testing.B, work func()) {
	b.ResetTimer()
	before := cpuTime(b)
	work()
	b.StopTimer()
	b.ReportMetric(float64(cpuTime(b)-before)/1000/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "batches/s")
}

func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
