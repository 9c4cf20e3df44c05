package bpf

import (
	"errors"
	"fmt"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/schemas/record"
)

// Programs are the loaded programs. Methods may be called by several
// goroutines at once.
type Programs struct {
	maps  map[string]*ebpf.Map
	progs map[string]*ebpf.Program

	mu sync.Mutex
	// links are the attached programs, refused why the others are not.
	links   map[string]link.Link
	refused map[string]string
	wanted  map[record.Type]bool
	closed  bool
}

func newPrograms() *Programs {
	return &Programs{
		progs: map[string]*ebpf.Program{}, links: map[string]link.Link{},
		refused: map[string]string{}, wanted: map[record.Type]bool{},
	}
}

// Rings returns the maps that records come from, for whoever reads them.
func (p *Programs) Rings() (priority, bulk *ebpf.Map) {
	return p.maps["ring_priority"], p.maps["ring_bulk"]
}

// Doorbell returns a map of one number, which can be mapped into memory: a
// reader sets it to 1 before it sleeps on the rings and is then woken once.
func (p *Programs) Doorbell() *ebpf.Map { return p.maps["doorbell"] }

// SetInterest switches on the wanted events of syscalls and no others, each of
// them as a whole. Events of processes and cgroups are always on. Names that
// Weir does not know are left out: Attachments lists those that it does.
func (p *Programs) SetInterest(events interest.Interest) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errors.New("bpf: closed")
	}
	wanted := map[record.Type]bool{}
	for _, e := range syscallEvents() {
		_, wants := events.Find(e)
		if t, ok := record.TypeOf(e); ok && wants {
			wanted[t] = true
		}
	}
	if err := p.writeRows(func(t record.Type) bool { return wanted[t] }); err != nil {
		return fmt.Errorf("bpf: set interest: %w", err)
	}
	p.wanted = wanted
	return p.demand("weir_sys_exit", len(wanted) > 0)
}

func (p *Programs) writeRows(wanted func(record.Type) bool) error {
	put := func(table string, nr uint32, row weirWeirRow) error {
		return p.maps[table].Put(nr, row)
	}
	for _, r := range syscallRows() {
		row := r.kernelRow(wanted)
		if nr, ok := nativeNumber(r.sysno); ok {
			if err := put("rows", nr, row); err != nil {
				return err
			}
		}
		if nr, ok := compatNumber(r.sysno); ok {
			if err := put("rows_compat", nr, row); err != nil {
				return err
			}
		}
	}
	if socketcallNumber == 0 {
		return nil
	}
	return put("rows_compat", socketcallNumber, socketcallRow(wanted))
}

// demand attaches or detaches a program: while it is attached, every syscall of
// every process pays for it.
func (p *Programs) demand(name string, on bool) error {
	attached, loaded := p.links[name], p.progs[name]
	switch {
	case loaded == nil:
		return nil
	case on && attached == nil:
		if err := p.attach(name); err != nil {
			p.refused[name] = shortReason(err)
			return fmt.Errorf("bpf: attach %s: %w", name, err)
		}
		delete(p.refused, name)
	case !on && attached != nil:
		delete(p.links, name)
		return attached.Close()
	}
	return nil
}

func (p *Programs) attach(name string) error {
	l, err := link.AttachTracing(link.TracingOptions{Program: p.progs[name]})
	if err != nil {
		return err
	}
	p.links[name] = l
	return nil
}

// Attachments lists every event that Weir can observe, in a fixed order.
func (p *Programs) Attachments() []Attachment {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []Attachment
	for _, prog := range programs() {
		for _, name := range prog.events {
			a := Attachment{Event: name, Hook: prog.hook, Program: prog.name, Attached: p.links[prog.name] != nil}
			t, _ := record.TypeOf(name)
			switch reason, refused := p.refused[prog.name]; {
			case refused:
				a.Attached, a.Reason = false, reason
			case prog.onDemand && !p.wanted[t]:
				a.Attached = false
			}
			list = append(list, a)
		}
	}
	return list
}

// Detach stops all programs. What is in the rings and counters can still be
// read.
func (p *Programs) Detach() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	var errs []error
	for name, l := range p.links {
		errs = append(errs, l.Close())
		delete(p.links, name)
	}
	return errors.Join(errs...)
}

// Close detaches and frees everything.
func (p *Programs) Close() error {
	errs := []error{p.Detach()}
	for _, prog := range p.progs {
		errs = append(errs, prog.Close())
	}
	for _, m := range p.maps {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}
