package detector

import (
	"fmt"
	"testing"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
)

// BenchmarkHandle evaluates batches of 256 opened files, one of them watched,
// from the message to the detection.
func BenchmarkHandle(b *testing.B) {
	startsWith := goSignature{"go", func(c *sdk.Context, e *event.Event) error {
		if path, ok := e.String("pathname"); ok && len(path) >= 11 && path[:11] == "/etc/passwd" {
			c.Report(map[string]any{"path": path})
		}
		return nil
	}}
	tenRego, tenGo := []string{}, []sdk.Signature{}
	for i := range 10 {
		tenRego = append(tenRego, fmt.Sprint("R", i))
		s := startsWith
		s.id = fmt.Sprint("G", i)
		tenGo = append(tenGo, s)
	}
	for _, c := range []struct {
		name string
		set  *engine.Set
	}{
		{"none", engine.NewSet(nil, engine.Limits{})},
		{"go=1", goSet(startsWith)},
		{"go=10", goSet(tenGo...)},
		{"rego=1", regoSet(b, "R")},
		{"rego=10", regoSet(b, tenRego...)},
		{"stable", stableSet(b)},
	} {
		b.Run(c.name, func(b *testing.B) {
			_, h, _ := start(b, c.set, stage.Settings{})
			paths := make([]string, 256)
			for i := range paths {
				paths[i] = fmt.Sprint("/usr/lib/x86_64-linux-gnu/lib", i, ".so")
			}
			paths[100] = "/etc/passwd"
			in := message(b, opens(paths...))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := h.Handle(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
			events := float64(b.N) * float64(len(paths))
			b.ReportMetric(b.Elapsed().Seconds()*1e9/events, "ns/event")
			b.ReportMetric(events/b.Elapsed().Seconds(), "events/s")
		})
	}
}
