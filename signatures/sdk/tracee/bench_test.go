package tracee

import (
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// BenchmarkEvent is the conversion of one event, which all adapted signatures
// of a partition share.
func BenchmarkEvent(b *testing.B) {
	for name, words := range map[string]bool{"numbers": false, "words": true} {
		b.Run(name, func(b *testing.B) {
			e := full()
			e.Extra = nil
			b.ReportAllocs()
			for b.Loop() {
				convert(e, words)
			}
		})
	}
}

// BenchmarkOnEvent is one adapted signature that does not match: with a
// conversion of its own, and with one that another has paid for.
func BenchmarkOnEvent(b *testing.B) {
	for _, shared := range []bool{false, true} {
		b.Run(map[bool]string{false: "alone", true: "shared"}[shared], func(b *testing.B) {
			started := start(b, &numbersTracer{}, Options{})
			e := full()
			e.Extra = nil
			e.Shape.Name, e.Shape.Args[2].Name = "ptrace", "request"
			context := sdk.NewContext(func(map[string]any) { b.Fatal("a match") })
			if shared {
				made := buildNumbers(e)
				context.WithDerive(func(any, func(*event.Event) any) any { return made })
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := started.OnEvent(context, e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
