package probe

import (
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
)

// BenchmarkFloor is what an empty program at the end of every syscall costs a
// syscall on this machine and now: no program there can cost less. Medians of
// pairs.
func BenchmarkFloor(b *testing.B) {
	empty, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.Tracing, AttachType: ebpf.AttachTraceRawTp, AttachTo: "sys_exit", License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if err != nil {
		b.Skipf("an empty program does not load: %v", err)
	}
	defer func() { _ = empty.Close() }()
	work := startPacer(b, "getppids", "", 20_000)
	with := func() float64 {
		l, err := link.AttachTracing(link.TracingOptions{Program: empty})
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		return work.step(b)
	}
	work.step(b)
	var added, plain []float64
	for b.Loop() {
		for range pairs {
			without := work.step(b)
			added, plain = append(added, with()-without), append(plain, without)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(plain), "unobserved-ns/op")
	b.ReportMetric(median(added), "added-ns/op")
}
