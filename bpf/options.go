package bpf

import (
	"fmt"
	"os"

	"github.com/weirsec/weir/schemas/catalogue"
)

// Options are what Load needs to know. The zero value means the defaults.
type Options struct {
	// PriorityRing and BulkRing are the sizes of the rings in bytes: powers of
	// two and at least a page. 0 means 4 MiB and 16 MiB.
	PriorityRing, BulkRing int
	// Self are processes whose own events are not recorded; usually this one;
	// at most four.
	Self []int
	// TaskRate is how many events a second one process may make while the bulk
	// ring is more than half full; 0 means 20,000.
	TaskRate int
	// PidsCgroup says that cgroup ids are those of the v1 hierarchy with the
	// pids controller, else of cgroup v2. CgroupHierarchy is that hierarchy's
	// number; 0 for v2.
	PidsCgroup      bool
	CgroupHierarchy int
	// Avoid are hooks of catalogue.LSM, Fentry and Kprobe that no program may sit
	// at: the next best is used.
	Avoid []catalogue.Hook
}

const (
	defaultPriorityRing = 4 << 20
	defaultBulkRing     = 16 << 20
	maxRing             = 1 << 30
	defaultTaskRate     = 20_000
	maxTaskRate         = 100_000_000
	maxSelf             = 4
)

// withDefaults returns the options with zero sizes filled in.
func (o Options) withDefaults() Options {
	if o.PriorityRing == 0 {
		o.PriorityRing = defaultPriorityRing
	}
	if o.BulkRing == 0 {
		o.BulkRing = defaultBulkRing
	}
	if o.TaskRate == 0 {
		o.TaskRate = defaultTaskRate
	}
	return o
}

// Validate reports a size that no kernel would accept, or a rate that is none.
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
	if len(o.Self) > maxSelf {
		return fmt.Errorf("bpf: %d processes are left out: at most %d can be", len(o.Self), maxSelf)
	}
	for _, hook := range o.Avoid {
		if hook != catalogue.LSM && hook != catalogue.Fentry && hook != catalogue.Kprobe {
			return fmt.Errorf("bpf: hook %q cannot be avoided: want lsm, fentry or kprobe", hook)
		}
	}
	if o.TaskRate < 0 || o.TaskRate > maxTaskRate {
		return fmt.Errorf("bpf: %d events a second for one process: want 1 to %d", o.TaskRate, maxTaskRate)
	}
	return nil
}
