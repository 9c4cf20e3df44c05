package spool

import (
	"testing"
)

// batch is as large as a full batch of the collector, and as compressible.
func batch() []byte {
	b := make([]byte, 0, 30<<10)
	for i := 0; len(b) < cap(b)-300; i++ {
		b = append(b, payload(i, 60)...)
		b = append(b, "/usr/lib/x86_64-linux-gnu/libc.so.6 /proc/self/status /etc/ld.so.cache the same text in all events, "...)
		b = append(b, make([]byte, 40)...)
	}
	return b
}

func BenchmarkAppend(b *testing.B) {
	s := open(b, Config{Dir: b.TempDir(), Bytes: 1 << 40})
	data, facts := batch(), payload(1, 200)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Append(facts, data, 256); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "batches/s")
	b.ReportMetric(float64(len(data))*float64(b.N)/float64(max(s.Used(), 1)), "x-smaller")
}

func BenchmarkDrain(b *testing.B) {
	s := open(b, Config{Dir: b.TempDir(), Bytes: 1 << 40})
	data, facts := batch(), payload(1, 200)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if s.Empty() {
			b.StopTimer()
			for range 2000 {
				if err := s.Append(facts, data, 256); err != nil {
					b.Fatal(err)
				}
			}
			b.StartTimer()
		}
		e := next(b, s)
		if e.Damage != nil {
			b.Fatal(e.Damage)
		}
		commit(b, s)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "batches/s")
}
