package bpf

import (
	"errors"
	"io/fs"
	"os"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

// errNoKprobes is why no kprobe is attached on a kernel without them. What the
// attempt fails with there depends on who may look into tracefs.
var errNoKprobes = errors.New("the kernel has no kprobes (CONFIG_KPROBE_EVENTS)")

// Kernels with kprobes list them as a source of events, since Linux 4.17.
const (
	eventSources = "/sys/bus/event_source/devices"
	kprobeSource = eventSources + "/kprobe"
)

// attachKprobe attaches a program to a function of the kernel.
func attachKprobe(symbol string, program *ebpf.Program) (link.Link, error) {
	l, err := link.Kprobe(symbol, program, nil)
	if err == nil {
		return l, nil
	}
	if _, listed := os.Stat(eventSources); listed == nil {
		if _, missing := os.Stat(kprobeSource); errors.Is(missing, fs.ErrNotExist) {
			return nil, errNoKprobes
		}
	}
	return nil, err
}
