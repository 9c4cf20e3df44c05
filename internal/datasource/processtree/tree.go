package processtree

import (
	"strings"

	"github.com/weirsec/weir/internal/datasource/bounded"
)

// Tree knows the processes of one boot of one node.
type Tree struct {
	limits    Limits
	processes *bounded.Store[uint32, process]
	threads   *bounded.Store[uint32, thread]
	// children are the processes of a parent, tasks the threads of a process.
	children family[process]
	tasks    family[thread]
	// epoch changes whenever lineages that were handed out may be wrong now,
	// because something came late.
	epoch  uint64
	counts Counts
	// missing are parents that lineages were handed out without.
	missing map[uint32]struct{}
	// texts are those that many processes have.
	texts map[string]string
}

const (
	// maxMissing bounds the parents that are remembered as missing.
	maxMissing = 4096
	// maxTexts and maxTextBytes bound the texts that are shared.
	maxTexts, maxTextBytes = 512, 256
)

// Counts says what a Tree has left out since it was made.
type Counts struct {
	// Processes and Threads were evicted for want of memory.
	Processes, Threads uint64
	// Images are programs that a process executed before its last ones.
	Images uint64
	// Identities are names and users that a thread had before its last ones.
	Identities uint64
	// Args are argument lists that were cut.
	Args uint64
}

// New returns an empty Tree.
func New(limits Limits) *Tree {
	t := &Tree{
		limits: limits, epoch: 1, missing: make(map[uint32]struct{}), texts: make(map[string]string),
		children: newFamily(func(it *node) *kin[process] { return &it.Value.kin }),
		tasks:    newFamily(func(it *threadNode) *kin[thread] { return &it.Value.kin }),
	}
	t.processes = bounded.New(limits.Bytes-limits.Bytes/threadShare, t.children.leave)
	t.threads = bounded.New(limits.Bytes/threadShare, t.tasks.leave)
	return t
}

// Advance forgets the processes and threads that ended more than the grace time
// before now (event time, Unix nanoseconds) and what is over the limit.
func (t *Tree) Advance(now int64) {
	t.processes.Expire(now - int64(t.limits.Grace))
	t.processes.Trim()
	t.threads.Expire(now - int64(t.limits.Grace))
	t.threads.Trim()
}

// Counts returns what the tree has left out so far.
func (t *Tree) Counts() Counts {
	c := t.counts
	c.Processes, c.Threads = t.processes.Evicted(), t.threads.Evicted()
	return c
}

// Len returns how many processes are known.
func (t *Tree) Len() int { return t.processes.Len() }

// Threads returns how many threads are known that are not their process's first.
func (t *Tree) Threads() int { return t.threads.Len() }

// Bytes returns about how much memory the tree takes.
func (t *Tree) Bytes() int { return t.processes.Bytes() + t.threads.Bytes() }

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

// shared returns a copy of a text that others may have too.
func (t *Tree) shared(s string) string {
	if len(s) == 0 || len(s) > maxTextBytes {
		return strings.Clone(s)
	}
	own, ok := t.texts[s]
	if !ok {
		if len(t.texts) >= maxTexts {
			clear(t.texts)
		}
		own = strings.Clone(s)
		t.texts[own] = own
	}
	return own
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
