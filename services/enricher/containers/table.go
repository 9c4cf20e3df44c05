package containers

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/enricher/bounded"
)

// entrySize is about what one cgroup takes, with its place in the maps.
const entrySize = 320

// Table knows the cgroups of one node and whose they are.
type Table struct {
	limits  Limits
	cgroups *bounded.Store[uint64, cgroup]
	// containers holds them by id: the cgroups below a container share it.
	containers map[string]*Container
}

// cgroup is one entry; its container is nil on the host.
type cgroup struct{ container *Container }

// New returns an empty Table.
func New(limits Limits) *Table {
	t := &Table{limits: limits, containers: make(map[string]*Container)}
	t.cgroups = bounded.New(limits.Bytes, t.removed)
	return t
}

func (t *Table) removed(it *bounded.Item[uint64, cgroup]) {
	t.release(it.Value.container)
}

// release notes that a cgroup has nothing to do with c, or nil, any more.
func (t *Table) release(c *Container) {
	if c == nil {
		return
	}
	if c.cgroups--; c.cgroups == 0 {
		delete(t.containers, c.ID)
	}
}

// Lookup returns the container of a cgroup and how well it is known: resolved;
// not found, for a cgroup of the host; pending, for a cgroup that nobody has
// told about yet; lost, for one that was known and is not any more. The
// container is nil unless resolved.
func (t *Table) Lookup(id uint64) (*Container, event.Status) {
	it := t.cgroups.Get(id)
	switch {
	case it != nil && it.Value.container != nil:
		return it.Value.container, event.StatusResolved
	case it != nil:
		return nil, event.StatusNotFound
	case t.cgroups.Gone(id):
		return nil, event.StatusLost
	default:
		return nil, event.StatusPending
	}
}

// Advance forgets the cgroups that were removed more than the grace time before
// now (event time, Unix nanoseconds) and what is over the limit.
func (t *Table) Advance(now int64) {
	t.cgroups.Expire(now - int64(t.limits.Grace))
	t.cgroups.Trim()
}

// Evicted returns how many cgroups were forgotten for want of memory.
func (t *Table) Evicted() uint64 { return t.cgroups.Evicted() }

// Bytes returns about how much memory the table takes.
func (t *Table) Bytes() int { return t.cgroups.Bytes() }
