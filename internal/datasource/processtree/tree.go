package processtree

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/internal/datasource/bounded"
)

// Tree knows the processes of one boot of one node.
type Tree struct {
	limits    Limits
	processes *bounded.Store[uint32, process]
	// epoch changes whenever lineages that were handed out may be wrong now,
	// because something came late.
	epoch  uint64
	counts Counts
	// missing are parents that lineages were handed out without.
	missing map[uint32]struct{}
}

// maxMissing bounds the parents that are remembered as missing.
const maxMissing = 4096

// Counts says what a Tree has left out since it was made.
type Counts struct {
	// Processes were evicted for want of memory.
	Processes uint64
	// Images are programs that a process executed before its last ones.
	Images uint64
	// Args are argument lists that were cut.
	Args uint64
}

// New returns an empty Tree.
func New(limits Limits) *Tree {
	return &Tree{
		limits: limits, processes: bounded.New[uint32, process](limits.Bytes, nil),
		epoch: 1, missing: make(map[uint32]struct{}),
	}
}

// Advance forgets the processes that exited more than the grace time before now
// (event time, Unix nanoseconds) and what is over the limit.
func (t *Tree) Advance(now int64) {
	t.processes.Expire(now - int64(t.limits.Grace))
	t.processes.Trim()
}

// Counts returns what the tree has left out so far.
func (t *Tree) Counts() Counts {
	c := t.counts
	c.Processes = t.processes.Evicted()
	return c
}

// Len returns how many processes are known.
func (t *Tree) Len() int { return t.processes.Len() }

// Bytes returns about how much memory the tree takes.
func (t *Tree) Bytes() int { return t.processes.Bytes() }

// node returns the node of an entity, which it makes if need be.
func (t *Tree) node(entity uint32) *node {
	if it := t.processes.Get(entity); it != nil {
		return it
	}
	lost := t.processes.Gone(entity)
	it := t.processes.Add(entity, nodeSize)
	it.Value = process{asked: never, lost: lost}
	if _, awaited := t.missing[entity]; awaited {
		delete(t.missing, entity)
		t.epoch++
	}
	return it
}

// await notes that a lineage was handed out without a parent that nobody has
// told about yet.
func (t *Tree) await(entity uint32) {
	if entity == 0 || t.processes.Gone(entity) {
		return
	}
	if len(t.missing) >= maxMissing {
		// Lineages made anew will tell which ones are still missing.
		clear(t.missing)
		t.epoch++
	}
	t.missing[entity] = struct{}{}
}

// facts replaces what identifies a process, where src knows better.
func (t *Tree) facts(p *process, src source, at int64) bool {
	if src < p.source || src == p.source && at >= p.since {
		return false
	}
	if p.shown || p.asked != never {
		t.epoch++
	}
	p.source, p.since = src, at
	return true
}

// seen learns from the context of an event of the process itself.
func (t *Tree) seen(c *event.Context, at int64) *node {
	it := t.node(c.ProcessEntityID)
	p := &it.Value
	if p.source > seen || !t.facts(p, seen, at) {
		return it
	}
	p.pid, p.nsPID, p.parent = c.HostPID, c.PID, c.ParentEntityID
	name := ""
	if c.HostTID == c.HostPID {
		p.start, name = c.ThreadStartTime, c.ProcessName
	}
	t.setFirst(it, name, c.Executable, c.UID)
	return it
}

// setFirst replaces what a process ran before it executed anything.
func (t *Tree) setFirst(it *node, name, executable string, uid uint32) {
	old := len(it.Value.first.name) + len(it.Value.first.executable)
	im, _, _ := newImage(name, executable, nil)
	im.uid = uid
	it.Value.first = im
	t.processes.Grow(it, len(name)+len(executable)-old)
}
