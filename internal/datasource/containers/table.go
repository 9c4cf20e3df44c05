package containers

import (
	"github.com/weirsec/weir/internal/datasource/bounded"
	"github.com/weirsec/weir/schemas/event"
)

// entrySize is about what one cgroup takes, with its place in the maps.
const entrySize = 320

// maxRuntimes bounds how many names of runtimes are remembered.
const maxRuntimes = 16

// Table knows the cgroups of one node, whose they are, and what the node's
// container runtimes told.
type Table struct {
	limits  Limits
	cgroups *bounded.Store[uint64, group]
	// containers holds them by id: the cgroups below a container share it.
	containers map[string]*Container
	// facts holds what runtimes told by the containers' ids.
	facts *bounded.Store[string, *Facts]
	// runtimes are those that have told something, by their names.
	runtimes map[string]bool
}

// factsItem is an entry of Table.facts.
type factsItem = bounded.Item[string, *Facts]

// group is one entry; its container is nil on the host.
type group struct{ container *Container }

// New returns an empty Table.
func New(limits Limits) *Table {
	t := &Table{limits: limits, containers: make(map[string]*Container), runtimes: make(map[string]bool)}
	t.cgroups = bounded.New(limits.Bytes, t.removed)
	t.facts = bounded.New(limits.FactBytes, t.forgotten)
	return t
}

// forgotten takes away from a container what its runtime told.
func (t *Table) forgotten(it *factsItem) {
	if c := t.containers[it.Key]; c != nil {
		c.know(nil)
		c.forgotten = true
	}
}

func (t *Table) removed(it *bounded.Item[uint64, group]) {
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
// told about yet; lost, for one that was known and is not any more.
//
// For a container, which is nil in all other cases, anything but resolved means
// that only what its path says is known, its id above all: pending, that its
// runtime, which tells of containers on this node, has not told of this one;
// not found, that no such runtime tells of any here, so there is no name or image to
// be had; lost, that it had told, and that was forgotten.
func (t *Table) Lookup(id uint64) (*Container, event.Status) {
	it := t.cgroups.Get(id)
	switch {
	case it != nil && it.Value.container != nil:
		return it.Value.container, t.status(it.Value.container)
	case it != nil:
		return nil, event.StatusNotFound
	case t.cgroups.Gone(id):
		return nil, event.StatusLost
	default:
		return nil, event.StatusPending
	}
}

// status tells how well a container is known.
func (t *Table) status(c *Container) event.Status {
	switch {
	case c.facts != nil:
		t.facts.Use(c.facts)
		if s := c.facts.Value.status; s != event.StatusNone {
			return s
		}
		return event.StatusResolved
	case c.forgotten:
		return event.StatusLost
	case t.runtimes[c.Runtime], c.Runtime == "" && len(t.runtimes) > 0:
		return event.StatusPending
	default:
		return event.StatusNotFound
	}
}

// Subject is Lookup for the container that an event of a runtime is about; it
// is nil and StatusNone for all other events.
func (t *Table) Subject(e *event.Event) (*Container, event.Status) {
	if e.Context.CgroupID != 0 || !isTold(e.Shape.Name) {
		return nil, event.StatusNone
	}
	id, runtime := idOf(e)
	c := t.containers[id]
	if c == nil {
		c = t.unseen(id, runtime)
	}
	return c, t.status(c)
}

// Advance forgets the cgroups and containers that were removed more than the grace time before
// now (event time, Unix nanoseconds) and what is over the limit.
func (t *Table) Advance(now int64) {
	t.cgroups.Expire(now - int64(t.limits.Grace))
	t.cgroups.Trim()
	t.facts.Expire(now - int64(t.limits.Grace))
	t.facts.Trim()
}

// Evicted returns how many cgroups were forgotten for want of memory, and of
// how many containers was what their runtimes told.
func (t *Table) Evicted() (cgroups, facts uint64) { return t.cgroups.Evicted(), t.facts.Evicted() }

// Bytes returns about how much memory the table takes.
func (t *Table) Bytes() int { return t.cgroups.Bytes() + t.facts.Bytes() }
