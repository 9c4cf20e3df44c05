package collector

import (
	"context"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector/spool"
)

// typical is a record of about the size of an openat's with its facts.
func typical(i int) []byte {
	return new(record.Builder).Begin(record.Header{Type: catalogue.Openat, Time: uint64(i), Sysno: 257}).
		Text(0, "/usr/lib/x86_64-linux-gnu/libsomething.so.6."+string(rune('a'+i%26))).
		Text(1, "the thread, its cgroup and other facts of about as many bytes as they have").End()
}

// BenchmarkStraight compares what a full batch costs on its way to a broker that
// is there, with a spool behind and without. The broker of no cost shows the
// collector's own part.
func BenchmarkStraight(b *testing.B) {
	for _, c := range []struct {
		name         string
		spool, costs bool
	}{{"memory", false, true}, {"spool", true, true}, {"memory, no broker", false, false}, {"spool, no broker", true, false}} {
		b.Run(c.name, func(b *testing.B) {
			var conn Publisher = new(discard)
			if c.costs {
				conn = bustest.Run(b)
			}
			cfg, err := config().withDefaults()
			if err != nil {
				b.Fatal(err)
			}
			cfg.Subject = bus.RawSubject
			if c.spool {
				cfg.Spool = benchSpool(b)
			}
			m, err := newMetrics(nil, newQueue(), cfg.Spool)
			if err != nil {
				b.Fatal(err)
			}
			to := newCourier(cfg, newQueue(), new(losses), m, conn, stage.Settings{})
			full := fullBatch(cfg)
			b.ReportAllocs()
			begin := processorTime(b)
			for b.Loop() {
				full.raw.Envelope.FirstSeq += 256
				if !to.handle(b.Context(), full) {
					b.Fatal("not published")
				}
			}
			b.ReportMetric(float64(processorTime(b)-begin)/float64(b.N), "cpu-ns/op")
			if c.spool && cfg.Spool.Used() != 0 {
				b.Error("it went by way of the disk")
			}
		})
	}
}

// fullBatch is one of 256 events.
func fullBatch(cfg Config) *batch {
	maker := &batcher{cfg: cfg, losses: new(losses)}
	raw := maker.lossesOnly()
	raw.Envelope.Count = 256
	for i := range 256 {
		raw.Records = append(raw.Records, typical(i)...)
	}
	counts := new([catalogue.MaxType]uint32)
	counts[catalogue.Openat] = 256
	return &batch{raw: raw, counts: counts}
}

func benchSpool(b *testing.B) *spool.Spool {
	b.Helper()
	s, err := spool.Open(spool.Config{Dir: b.TempDir(), Bytes: 8 << 30, Reserve: 1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// BenchmarkDrain is how fast full batches come from disk to a broker.
func BenchmarkDrain(b *testing.B) {
	conn := bustest.Run(b)
	cfg := config()
	cfg.Subject, cfg.Spool = bus.RawSubject, benchSpool(b)
	fill := newCourier(cfg, nil, nil, nil, nil, stage.Settings{})
	full, size := fullBatch(cfg), 0
	begin := processorTime(b)
	for range b.N {
		full.raw.Envelope.FirstSeq += 256
		var err error
		if size, err = fill.keep(full); err != nil {
			b.Fatal(err)
		}
	}
	wrote := processorTime(b)
	b.SetBytes(int64(size))
	b.ResetTimer()
	c, err := New(cfg, script(func(context.Context, Sink) error { return nil }), conn, stage.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "batches/s")
	b.ReportMetric(float64(wrote-begin)/float64(b.N), "write-cpu-ns/op")
	b.ReportMetric(float64(processorTime(b)-wrote)/float64(b.N), "drain-cpu-ns/op")
}
