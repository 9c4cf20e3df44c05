package bpf

import (
	"fmt"

	"github.com/weirsec/weir/schemas/catalogue"
)

// Counter counts one kind of event since Load, over all processors.
// Seen = Submitted + Filtered + Throttled + Shed + RingFull + Nested holds at
// any quiet moment.
type Counter struct {
	Type catalogue.Type
	// Seen events were of a kind that somebody wants. Filtered ones were outside
	// of every scope, Submitted ones are or were in a ring.
	Seen, Filtered, Submitted uint64
	// The others are lost. Throttled: the process made too many while the ring
	// was filling. Shed: there was room only for classes that matter more.
	// RingFull: there was none. Nested: the processor was in the middle of another
	// record.
	Throttled, Shed, RingFull, Nested uint64
	// Fault and Truncated events were submitted with an argument that could
	// not be read, or not to its end.
	Fault, Truncated uint64
	// CompatSkipped counts 32-bit syscalls that are recognised, not recorded.
	CompatSkipped uint64
}

// Lost returns how many events were lost.
func (c Counter) Lost() uint64 { return c.Throttled + c.Shed + c.RingFull + c.Nested }

// Balanced reports whether each event that was seen is accounted for.
func (c Counter) Balanced() bool { return c.Seen == c.Submitted+c.Filtered+c.Lost() }

// Counters returns a Counter for each kind of event that has occurred.
func (p *Programs) Counters() ([]Counter, error) {
	var list []Counter
	var perCPU []fastWeirCounts
	for e := range catalogue.All() {
		if err := p.maps["counts"].Lookup(uint32(e.Type), &perCPU); err != nil {
			return nil, fmt.Errorf("bpf: read counters: %w", err)
		}
		c := Counter{Type: e.Type}
		for _, v := range perCPU {
			c.Seen += v.Seen
			c.Filtered += v.Filtered
			c.Submitted += v.Submitted
			c.Throttled += v.Throttled
			c.Shed += v.Shed
			c.RingFull += v.RingFull
			c.Nested += v.Nested
			c.Fault += v.Fault
			c.Truncated += v.Truncated
			c.CompatSkipped += v.CompatSkipped
		}
		if c != (Counter{Type: e.Type}) {
			list = append(list, c)
		}
	}
	return list, nil
}

// Missed returns how often the kernel did not run a program because the same
// one was already running on that processor, and no copy of it was left: events
// of unknown kind are lost.
func (p *Programs) Missed() (uint64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var total uint64
	for name, prog := range p.progs {
		if p.covered(name) {
			continue
		}
		s, err := prog.Stats()
		if err != nil {
			return 0, fmt.Errorf("bpf: statistics of %s: %w", name, err)
		}
		total += s.RecursionMisses
	}
	return total, nil
}
