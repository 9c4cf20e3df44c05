package bpf

import (
	"errors"
	"fmt"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/interest"
)

// Which programs make an event, as headers/maps.h has it: none but the one of
// the syscalls, that of its hook, or the one of execs.
const (
	offHere uint32 = iota
	byHook
	byTracepoint
)

// SetInterest makes the programs report exactly the events that are wanted, and
// of those with scopes at least the ones in a scope. Events of processes and
// cgroups are always on. Names that Weir does not know are left out. What is
// wanted before and after is reported without a gap.
func (p *Programs) SetInterest(want interest.Interest) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errors.New("bpf: closed")
	}
	wanted := map[catalogue.Type]bool{}
	scopes := map[catalogue.Type][]interest.Scope{}
	for e := range catalogue.All() {
		if one, found := want.Find(e.Name); found && !e.Always {
			wanted[e.Type], scopes[e.Type] = true, one.Scopes
		}
	}
	if err := p.scopes.write(p.maps, scopes); err != nil {
		return fmt.Errorf("bpf: set interest: %w", err)
	}
	p.wanted = wanted
	bySyscall, err := p.switchDerived()
	if err == nil {
		err = p.watchModules()
	}
	if err == nil {
		err = p.writeRows(bySyscall)
	}
	if err == nil {
		err = p.switchSyscalls(bySyscall)
	}
	if err != nil {
		return fmt.Errorf("bpf: set interest: %w", err)
	}
	return nil
}

// switchDerived attaches, for each event that is not a syscall, the best program
// that the kernel takes and detaches the others. It returns which types the
// program at the end of syscalls has to make.
func (p *Programs) switchDerived() (map[catalogue.Type]bool, error) {
	bySyscall := map[catalogue.Type]bool{}
	var errs []error
	for e := range catalogue.All() {
		if e.Always || ofPackets(e.Type) {
			continue
		}
		made := false
		for _, prog := range programs() {
			if prog.event != e.Type || prog.always {
				continue
			}
			if !p.wanted[e.Type] || made {
				errs = append(errs, p.idle(prog))
				continue
			}
			made = p.attach(prog) == nil
		}
		bySyscall[e.Type] = p.wanted[e.Type] && !made
		by := offHere
		switch {
		case made:
			by = byHook
		case bySyscall[e.Type] && hasFallback(e.Type):
			by = byTracepoint
		}
		errs = append(errs, p.maps["on"].Put(uint32(e.Type), by))
	}
	errs = append(errs, p.feed(bySyscall[catalogue.SecurityFileOpen] || bySyscall[catalogue.SecuritySocketConnect],
		[]program{{name: ringComplete, hook: catalogue.Tracepoint}}))
	for event, list := range feeders() {
		errs = append(errs, p.feed(p.wanted[event], list))
	}
	errs = append(errs, p.switchPackets())
	return bySyscall, errors.Join(errs...)
}

// switchOn tells programs whether to make an event.
func (p *Programs) switchOn(t catalogue.Type, on bool) error {
	by := offHere
	if on {
		by = byHook
	}
	return p.maps["on"].Put(uint32(t), by)
}

// hasFallback reports whether programs at tracepoints make an event where it has
// no hook of its own: that of execs, or the one of rings besides that of
// syscalls.
func hasFallback(t catalogue.Type) bool {
	return t == catalogue.SecurityBprmCheck || t == catalogue.SecurityFileOpen || t == catalogue.SecuritySocketConnect
}

// feed attaches the first of the programs that the kernel takes, or detaches
// them all.
func (p *Programs) feed(on bool, list []program) error {
	var errs []error
	for _, prog := range list {
		if !on {
			errs = append(errs, p.idle(prog))
			continue
		}
		if p.attach(prog) == nil {
			return nil
		}
	}
	// Without any, the event says less, but it is there.
	return errors.Join(errs...)
}

// switchSyscalls attaches the program at the end of syscalls while it has to
// make anything: every syscall of every process pays for it.
func (p *Programs) switchSyscalls(bySyscall map[catalogue.Type]bool) error {
	for e := range catalogue.All() {
		if bySyscall[e.Type] && e.Hooks[len(e.Hooks)-1] == catalogue.SysExit {
			return p.attach(program{name: sysExit, hook: catalogue.SysExit})
		}
	}
	return p.detach(sysExit)
}

// writeRows switches each syscall's row, and the numbers that are looked at.
func (p *Programs) writeRows(wanted map[catalogue.Type]bool) error {
	routedOn := false
	var asked [rows]uint8
	for e := range catalogue.All() {
		if !e.IsSyscall() {
			continue
		}
		row := kernelRow(e)
		if wanted[e.Type] {
			row.On |= onRaw
		}
		if e.Derived != 0 && wanted[e.Derived] {
			row.On |= onDerived
		}
		for _, n := range numbersOf(e) {
			row.Fix, row.FixArg, row.FixReg = n.fix.kind, n.fix.arg, n.fix.reg
			if err := p.rows(n.compat).Put(n.nr, row); err != nil {
				return fmt.Errorf("row of %s: %w", e.Name, err)
			}
			routedOn = routedOn || n.nr >= routed && row.On != 0
			if n.nr < routed && row.On != 0 {
				asked[n.nr] = 1
			}
		}
	}
	if socketcallNumber != 0 {
		on, err := p.writeRoutes(wanted, routedOn)
		if err != nil {
			return err
		}
		if on {
			asked[socketcallNumber] = 1
		}
	}
	// After the rows: what is wanted before and after stays 1.
	return p.maps[".data.interest"].Put(uint32(0), asked)
}
