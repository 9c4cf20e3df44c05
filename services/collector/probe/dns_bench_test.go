package probe

import (
	"strconv"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/interest"
)

// BenchmarkDatagram is what a datagram that is sent and received on this machine
// costs its process beyond what it costs without any program: medians of pairs.
func BenchmarkDatagram(b *testing.B) {
	const n = 60_000
	for _, c := range []struct {
		name, addr string
		wanted     interest.Interest
	}{
		{"quiet", "127.53.0.9:15353", interest.Interest{}},
		{"other-port", "127.53.0.9:15353", interest.Of("net_packet_dns")},
		{"dns", "127.53.0.9:53", interest.Of("net_packet_dns")},
	} {
		b.Run(c.name, func(b *testing.B) {
			work := func() time.Duration {
				return childTime(b, func() { child(b, "datagrams", c.addr, strconv.Itoa(n)) })
			}
			observed := func() time.Duration {
				o := observe(b)
				// Its programs go with it.
				defer o.stop(b)
				if err := o.probe.SetInterest(c.wanted); err != nil {
					b.Fatal(err)
				}
				return work()
			}
			var added, plain []int64
			for i := 0; b.Loop(); i++ {
				var with, without time.Duration
				if i%2 == 0 {
					with, without = observed(), work()
				} else {
					without, with = work(), observed()
				}
				added = append(added, (with-without).Nanoseconds()/n)
				plain = append(plain, without.Nanoseconds()/n)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(median(plain)), "unobserved-ns/op")
			b.ReportMetric(float64(median(added)), "added-ns/op")
		})
	}
}
