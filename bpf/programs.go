package bpf

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"

	"github.com/weirsec/weir/schemas/catalogue"
)

// Programs are the loaded programs. Methods may be called by several
// goroutines at once.
type Programs struct {
	maps map[string]*ebpf.Map
	tier tier

	inspector inspector

	// types are the kernel's, read once for all programs of the start, and nil
	// after it: they take megabytes.
	types *btf.Cache

	mu sync.Mutex
	// spec is what programs are loaded from when they are first needed.
	spec  *ebpf.CollectionSpec
	progs map[string]*ebpf.Program
	// links are the attached programs, refused why the others are not.
	links   map[string]link.Link
	refused map[string]string
	// barred are the hooks that no program may use here, and why.
	barred map[catalogue.Hook]string
	// stays are the hooks that programs stay at, wanted or not. To set a
	// breakpoint again may need rights that have been given up by then.
	stays  map[catalogue.Hook]bool
	wanted map[catalogue.Type]bool
	scopes scopeWriter
	closed bool
	// unified is Options.UnifiedMount.
	unified string
}

func newPrograms() *Programs {
	return &Programs{
		progs: map[string]*ebpf.Program{}, links: map[string]link.Link{},
		refused: map[string]string{}, barred: map[catalogue.Hook]string{}, wanted: map[catalogue.Type]bool{},
		stays: map[catalogue.Hook]bool{catalogue.Kprobe: true},
	}
}

// Rings returns the maps that records come from, for whoever reads them.
func (p *Programs) Rings() (priority, bulk *ebpf.Map) {
	return p.maps["ring_priority"], p.maps["ring_bulk"]
}

// Doorbell returns a map of one number, which can be mapped into memory: a
// reader sets it before it sleeps on the rings and is then woken once, by the next
// record for 1, by the record with which a ring is filled by an eighth for 2.
func (p *Programs) Doorbell() *ebpf.Map { return p.maps["doorbell"] }

// Tier names the object that the kernel takes: "fast", "typed" or "compat".
func (p *Programs) Tier() string { return p.tier.name }

// attach attaches a program, which it loads where that has not been done. What
// was refused once is not tried again.
func (p *Programs) attach(prog program) error {
	if p.links[prog.name] != nil {
		return nil
	}
	if reason, refused := p.refused[prog.name]; refused {
		return errors.New(reason)
	}
	if reason, barred := p.barred[prog.hook]; barred {
		p.refused[prog.name] = reason
		return errors.New(reason)
	}
	if err := p.tryAttach(prog); err != nil {
		_ = p.detach(prog.name)
		p.refused[prog.name] = shortReason(err)
		p.bar(prog, err)
		return fmt.Errorf("bpf: attach %s: %w", prog.name, err)
	}
	return nil
}

// bar remembers that a kind of hook is forbidden, so that the other programs of
// its kind need not be tried.
func (p *Programs) bar(prog program, err error) {
	optional := prog.hook == catalogue.LSM || prog.hook == catalogue.Fentry || prog.hook == catalogue.Kprobe
	if optional && errors.Is(err, os.ErrPermission) {
		p.barred[prog.hook] = shortReason(err)
	}
}

func (p *Programs) tryAttach(prog program) error {
	if k, err := running(); err != nil || !k.atLeast(prog.since.major, prog.since.minor) {
		return errors.Join(err, fmt.Errorf("the tracepoint of Linux %d.%d is needed", prog.since.major, prog.since.minor))
	}
	if p.progs[prog.name] == nil {
		if err := p.loadAlone(prog.name); err != nil {
			return err
		}
	}
	if prog.hook == catalogue.Iterator {
		return nil // User space runs it.
	}
	l, err := p.link(prog, prog.name, 0)
	if err != nil {
		return err
	}
	p.links[prog.name] = l
	return p.attachCopies(prog)
}

// link attaches a program that is loaded.
func (p *Programs) link(prog program, name string, cookie uint64) (link.Link, error) {
	switch prog.hook {
	case catalogue.LSM:
		return link.AttachLSM(link.LSMOptions{Program: p.progs[name]})
	case catalogue.CgroupSKB:
		return p.attachCgroup(name)
	case catalogue.Kprobe:
		return attachKprobe(prog.symbol, p.progs[name])
	default:
		options := link.TracingOptions{Program: p.progs[name], Cookie: cookie}
		if cookie != 0 {
			options.AttachType = ebpf.AttachTraceRawTp // else there is no place for it
		}
		return link.AttachTracing(options)
	}
}

// idle takes a program off its hook that nobody needs now, or lets the map of
// wanted events keep it quiet.
func (p *Programs) idle(prog program) error {
	if p.stays[prog.hook] {
		return nil
	}
	return p.detach(prog.name)
}

// detach takes a program off its hook.
func (p *Programs) detach(name string) error {
	var errs []error
	for copied := range copies {
		if l := p.links[copyName(name, copied)]; l != nil {
			delete(p.links, copyName(name, copied))
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}

// Detach stops all programs. What is in the rings and counters can still be
// read.
func (p *Programs) Detach() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	var errs []error
	for name := range p.links {
		errs = append(errs, p.detach(name))
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
