package probe

import (
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
)

// floor is an empty program for the end of every syscall: no program there can
// cost less.
type floor struct{ empty *ebpf.Program }

func openFloor(b *testing.B) floor {
	b.Helper()
	empty, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.Tracing, AttachType: ebpf.AttachTraceRawTp, AttachTo: "sys_exit", License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if err != nil {
		b.Skipf("an empty program does not load: %v", err)
	}
	b.Cleanup(func() { _ = empty.Close() })
	return floor{empty}
}

// under does something while the program is there.
func (f floor) under(b *testing.B, do func()) {
	b.Helper()
	l, err := link.AttachTracing(link.TracingOptions{Program: f.empty})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	do()
}

// BenchmarkFloor is what an empty program at the end of every syscall costs a
// syscall on this machine and now. Medians of pairs.
func BenchmarkFloor(b *testing.B) {
	f := openFloor(b)
	work := startPacer(b, "getppids", "", 20_000)
	work.step(b)
	var added, plain []float64
	for b.Loop() {
		for range pairs {
			var with float64
			without := work.step(b)
			f.under(b, func() { with = work.step(b) })
			added, plain = append(added, with-without), append(plain, without)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(plain), "unobserved-ns/op")
	b.ReportMetric(median(added), "added-ns/op")
}
