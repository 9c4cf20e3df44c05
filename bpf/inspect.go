package bpf

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"unsafe"

	"github.com/cilium/ebpf"

	"github.com/weirsec/weir/schemas/catalogue"
)

const (
	inspect    = "weir_inspect"
	moduleLoad = "weir_module_load"
	// inspectMax is how many bytes one run of the program reads, reportTexts how
	// many arguments it takes as texts; headers/integrity.h.
	inspectMax  = 4096
	reportTexts = 4
)

// What the program is asked for; enum inspection in headers/integrity.h.
const (
	inspectMemory = iota + 1
	inspectFile
	inspectReport
)

// inspector runs the program that looks at the kernel for user space: one at a
// time, as it has one place for its answer.
type inspector struct{ mu sync.Mutex }

// FileOperations is where the kernel goes for an open file.
type FileOperations struct {
	// Table is the address of the table of operations, IterateShared and
	// Iterate what it has for reading a directory; 0 for none.
	Table, IterateShared, Iterate uint64
	// Magic is that of the file system (statfs(2)).
	Magic uint64
}

// ReadKernel fills into from the kernel's memory. It does not fail where
// nothing is mapped later on, but with EFAULT; the rights were needed at Load.
func (p *Programs) ReadKernel(address uint64, into []byte) error {
	p.inspector.mu.Lock()
	defer p.inspector.mu.Unlock()
	for n := 0; n < len(into); n += inspectMax {
		part := into[n:min(n+inspectMax, len(into))]
		answer, err := p.inspect(inspectMemory, address+uint64(n), uint64(len(part)))
		if err != nil {
			return fmt.Errorf("bpf: read %d bytes of the kernel at %#x: %w", len(into), address, err)
		}
		copy(part, answer.Bytes[:])
	}
	return nil
}

// FileOperations looks at an open file of this process.
func (p *Programs) FileOperations(fd int) (FileOperations, error) {
	p.inspector.mu.Lock()
	defer p.inspector.mu.Unlock()
	a, err := p.inspect(inspectFile, uint64(fd))
	if err != nil {
		return FileOperations{}, fmt.Errorf("bpf: look at file %d: %w", fd, err)
	}
	return FileOperations{Table: a.Operations, IterateShared: a.IterateShared, Iterate: a.Iterate, Magic: a.Magic}, nil
}

// Report makes an event of this process, counted and filtered as if the kernel
// had made it by itself; nothing happens where nobody wants it. The texts are its
// first arguments; a list that is not empty is the argument of that index, in the
// place of a text.
func (p *Programs) Report(event catalogue.Type, texts []string, index int, list []string) error {
	if len(texts) > reportTexts {
		return fmt.Errorf("bpf: report %s: %d texts, at most %d", event, len(texts), reportTexts)
	}
	var memory bytes.Buffer
	var at [reportTexts]int
	for i, text := range texts {
		at[i] = memory.Len()
		memory.WriteString(text + "\x00")
	}
	start := memory.Len()
	for _, text := range list {
		memory.WriteString(text + "\x00")
	}
	args := [8]uint64{0: uint64(event), 5: uint64(index)}
	var fixed runtime.Pinner
	defer fixed.Unpin()
	if memory.Len() > 0 {
		fixed.Pin(unsafe.SliceData(memory.Bytes()))
		base := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(memory.Bytes()))))
		for i := range texts {
			if len(list) == 0 || i != index {
				args[1+i] = base + uint64(at[i])
			}
		}
		args[6], args[7] = base+uint64(start), uint64(memory.Len()-start)
	}
	p.inspector.mu.Lock()
	defer p.inspector.mu.Unlock()
	_, err := p.inspect(inspectReport, args[:]...)
	if err != nil {
		return fmt.Errorf("bpf: report %s: %w", event, err)
	}
	return nil
}

// ModuleLoads counts the kernel modules that were loaded while events that need
// it were wanted; 0 for ever where the kernel has no modules.
func (p *Programs) ModuleLoads() (n uint64, err error) {
	if err := p.maps["module_loads"].Lookup(uint32(0), &n); err != nil {
		return 0, fmt.Errorf("bpf: count of loaded modules: %w", err)
	}
	return n, nil
}

// Wants reports whether an event is wanted now.
func (p *Programs) Wants(event catalogue.Type) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wanted[event]
}

// inspect runs the program. inspector.mu is held.
func (p *Programs) inspect(what uint64, args ...uint64) (*fastWeirInspected, error) {
	p.mu.Lock()
	prog, reason := p.progs[inspect], p.refused[inspect]
	p.mu.Unlock()
	if prog == nil {
		return nil, errors.New("the program is not loaded: " + reason)
	}
	var context [12]uint64
	context[0] = what
	copy(context[1:], args)
	code, err := prog.Run(&ebpf.RunOptions{Context: context[:]})
	if err != nil {
		return nil, err
	}
	if code != 0 {
		return nil, syscall.Errno(code)
	}
	answer := new(fastWeirInspected)
	if err := p.maps["inspected"].Lookup(uint32(0), answer); err != nil {
		return nil, err
	}
	return answer, nil
}

// watchModules counts loaded modules while somebody wants to know.
func (p *Programs) watchModules() error {
	watch := program{name: moduleLoad, hook: catalogue.Tracepoint}
	if p.wanted[catalogue.HookedSyscall] || p.wanted[catalogue.HookedProcFops] {
		// Without it, what a module does is seen later.
		_ = p.attach(watch)
		return nil
	}
	return p.detach(watch.name)
}
