package runtimes

import (
	"fmt"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// statement is what is to be told of a container: a record to be.
type statement struct {
	typ   catalogue.Type
	facts facts.Container
}

// write makes the record of a statement. It is valid until the next one.
func write(b *record.Builder, s *statement, now uint64) []byte {
	c := &s.facts
	b.Begin(record.Header{Type: s.typ, Hook: record.HookRuntime, Time: now, Sysno: -1}).
		Text(0, c.Runtime).Text(1, c.ID)
	if s.typ == catalogue.ContainerRemove {
		return b.Text(2, c.Name).End()
	}
	return b.Uint(2, uint64(c.Created)).
		Text(3, c.Image).Text(4, c.ImageDigest).Text(5, c.Name).
		Text(6, c.PodName).Text(7, c.PodNamespace).Text(8, c.PodUID).Bool(9, c.Sandbox).
		Pairs(10, c.Labels).Pairs(11, c.PodLabels).Int32(12, c.PID).Uint(13, uint64(c.Started)).End()
}

// bootNow returns the nanoseconds since boot, the clock of all records.
func bootNow() (uint64, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0, fmt.Errorf("container runtimes: boot clock: %w", err)
	}
	return uint64(t.Nano()), nil
}

// fingerprint is a number that differs where the facts do.
func fingerprint(b *record.Builder, c *facts.Container) uint64 {
	return xxhash.Sum64(write(b, &statement{typ: catalogue.ExistingContainer, facts: *c}, 0))
}
