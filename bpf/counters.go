package bpf

import (
	"fmt"

	"github.com/weirsec/weir/schemas/record"
)

// Counter counts one kind of event since Load, over all processors.
// Seen = Submitted + RingFull + Nested holds at any quiet moment.
type Counter struct {
	Type record.Type
	// Seen events were wanted, Submitted ones are or were in a ring.
	Seen, Submitted uint64
	// RingFull and Nested events are lost: no room, or the processor was in the
	// middle of another record.
	RingFull, Nested uint64
	// Fault and Truncated events were submitted with an argument that could
	// not be read, or not to its end.
	Fault, Truncated uint64
	// CompatSkipped counts 32-bit syscalls that are recognised, not recorded.
	CompatSkipped uint64
}

// Counters returns a Counter for each kind of event that has occurred.
func (p *Programs) Counters() ([]Counter, error) {
	var list []Counter
	var perCPU []weirWeirCounts
	for t := range p.maps["counts"].MaxEntries() {
		if err := p.maps["counts"].Lookup(t, &perCPU); err != nil {
			return nil, fmt.Errorf("bpf: read counters: %w", err)
		}
		c := Counter{Type: record.Type(t)}
		for _, v := range perCPU {
			c.Seen += v.Seen
			c.Submitted += v.Submitted
			c.RingFull += v.RingFull
			c.Nested += v.Nested
			c.Fault += v.Fault
			c.Truncated += v.Truncated
			c.CompatSkipped += v.CompatSkipped
		}
		if c != (Counter{Type: c.Type}) {
			list = append(list, c)
		}
	}
	return list, nil
}

// Missed returns how often the kernel did not run a program because the same
// one was already running on that processor: events of unknown kind are lost.
func (p *Programs) Missed() (uint64, error) {
	var total uint64
	for name, prog := range p.progs {
		s, err := prog.Stats()
		if err != nil {
			return 0, fmt.Errorf("bpf: statistics of %s: %w", name, err)
		}
		total += s.RecursionMisses
	}
	return total, nil
}
