package bus_test

import (
	"fmt"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

func BenchmarkToken(b *testing.B) {
	for _, name := range []string{"web-1", "web-1.example.org"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = bus.Token(name)
			}
		})
	}
}

func BenchmarkPartition(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = bus.Partition("node-1/0123456789abcdef0123456789abcdef", 16)
	}
}

// BenchmarkPublish waits for each acknowledgement, as the collector does.
func BenchmarkPublish(b *testing.B) {
	for _, size := range []int{300, 4 << 10, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			conn := bustest.Run(b)
			m := message(1, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m.ID = fmt.Sprint("id/", i)
				if err := conn.Publish(b.Context(), m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
