package probe

import (
	"testing"

	"github.com/weirsec/weir/schemas/interest"
)

// BenchmarkDatagram is what a datagram that is sent and received on this machine
// costs its process beyond what it costs without any program: medians of pairs.
func BenchmarkDatagram(b *testing.B) {
	const n = 1_000
	for _, c := range []struct {
		name, addr string
		wanted     interest.Interest
	}{
		{"quiet", "127.53.0.9:15353", interest.Interest{}},
		{"other-port", "127.53.0.9:15353", interest.Of("net_packet_dns")},
		{"dns", "127.53.0.9:53", interest.Of("net_packet_dns")},
	} {
		b.Run(c.name, func(b *testing.B) {
			work := startPacer(b, "datagrams", c.addr, n)
			// The steps are short, so that what else the machine does is in few.
			steps := func() float64 {
				var took []float64
				for range pairs {
					took = append(took, work.step(b))
				}
				return median(took)
			}
			observed := func() float64 {
				o := observe(b)
				// Its programs go with it.
				defer o.stop(b)
				if err := o.probe.SetInterest(c.wanted); err != nil {
					b.Fatal(err)
				}
				return steps()
			}
			steps()
			var added, plain []float64
			for i := 0; b.Loop(); i++ {
				var with, without float64
				if i%2 == 0 {
					with, without = observed(), steps()
				} else {
					without, with = steps(), observed()
				}
				added, plain = append(added, with-without), append(plain, without)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(plain), "unobserved-ns/op")
			b.ReportMetric(median(added), "added-ns/op")
		})
	}
}
