package bpf

import (
	"fmt"
	"os"
)

// Options are what Load needs to know. The zero value means the defaults.
type Options struct {
	// PriorityRing and BulkRing are the sizes of the rings in bytes: powers of
	// two and at least a page. 0 means 4 MiB and 16 MiB.
	PriorityRing, BulkRing int
	// Self are processes whose own events are not recorded; usually this one.
	Self []int
	// PidsCgroup says that cgroup ids are those of the v1 hierarchy with the
	// pids controller, else of cgroup v2. CgroupHierarchy is that hierarchy's
	// number; 0 for v2.
	PidsCgroup      bool
	CgroupHierarchy int
}

const (
	defaultPriorityRing = 4 << 20
	defaultBulkRing     = 16 << 20
	maxRing             = 1 << 30
)

// withDefaults returns the options with zero sizes filled in.
func (o Options) withDefaults() Options {
	if o.PriorityRing == 0 {
		o.PriorityRing = defaultPriorityRing
	}
	if o.BulkRing == 0 {
		o.BulkRing = defaultBulkRing
	}
	return o
}

// Validate reports a size that no kernel would accept.
func (o Options) Validate() error {
	o = o.withDefaults()
	for _, r := range []struct {
		name string
		size int
	}{{"priority", o.PriorityRing}, {"bulk", o.BulkRing}} {
		if page := os.Getpagesize(); r.size < page || r.size > maxRing || r.size&(r.size-1) != 0 {
			return fmt.Errorf("bpf: %s ring of %d bytes: want a power of two from %d to %d", r.name, r.size, page, maxRing)
		}
	}
	return nil
}
