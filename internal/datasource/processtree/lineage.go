package processtree

import (
	"slices"

	"github.com/weirsec/weir/schemas/event"
)

// maxWalk bounds the way up the tree where nothing has been handed out yet.
// More than event.MaxLineage steps are only needed to learn what a process runs
// whose ancestors executed nothing since they were forked.
const maxWalk = 64

// Lineage returns a process with its ancestors, at most event.MaxLineage, as it
// was at a time (Unix nanoseconds): each ancestor as it was when its child was
// forked. The same lineage is handed out again until something changes, so that
// this costs no memory; it must not be changed.
//
// The status is resolved where the process is known from its fork, an exec or
// the snapshot; lost where it was known and evicted; else not found, with what
// the events of the process itself said about it, or nil.
func (t *Tree) Lineage(entity uint32, at int64) (*event.Process, event.Status) {
	it := t.processes.Get(entity)
	if it == nil {
		if t.processes.Gone(entity) {
			return nil, event.StatusLost
		}
		return nil, event.StatusNotFound
	}
	return t.lineage(it, at), it.Value.status(at)
}

// LineageOf is Lineage for the process that caused an event. A process that
// nobody has told about is known from then on by what its context says; so are
// the name and user of its thread, and the container, if the context has it by
// now.
func (t *Tree) LineageOf(c *event.Context, at int64) (*event.Process, event.Status) {
	// What user space tells of cgroups comes from no process; pid 0 is the idle
	// task, which pid 1 has for a parent by name only.
	if c.ProcessEntityID == 0 || c.HostPID == 0 && c.HostTID == 0 {
		return nil, event.StatusNotFound
	}
	it := t.meet(c, at)
	im := it.Value.at(at)
	if !it.Value.familiar(im, c) {
		t.notice(it, im, c, at)
	}
	status := event.StatusResolved
	if it.Value.source <= seen {
		status = it.Value.status(at)
	}
	if im.lineage != nil && im.epoch == t.epoch {
		return im.lineage, status
	}
	return t.lineage(it, at), status
}

func (p *process) status(at int64) event.Status {
	switch {
	case p.source > seen, p.at(at).told:
		return event.StatusResolved
	case p.lost:
		return event.StatusLost
	default:
		return event.StatusNotFound
	}
}

// step is one process on the way up.
type step struct {
	it *node
	im *image
}

// lineage returns what is handed out for a process at a time.
func (t *Tree) lineage(it *node, at int64) *event.Process {
	im := it.Value.at(at)
	if im.lineage != nil && im.epoch == t.epoch {
		return im.lineage
	}
	var buf [event.MaxLineage + 1]step
	way := append(buf[:0], step{it, im})
	way, top, whole := t.climb(way)
	for i, s := range slices.Backward(way) {
		shared, copied := limit(top)
		top = s.show(shared)
		// An ancestor that was reached without knowing all of its own must not
		// keep a lineage that is too short.
		if !whole && len(way)-1-i < event.MaxLineage && i > 0 {
			continue
		}
		s.im.lineage, s.im.epoch = top, t.epoch
		s.it.Value.shown = true
		if copied && !s.im.copied {
			s.im.copied = true
			t.processes.Grow(s.it, event.MaxLineage*processSize)
		}
	}
	return top
}

// climb extends way by ancestors up to one whose lineage is known, which it
// returns. whole is false where there are more ancestors than it looked at.
func (t *Tree) climb(way []step) (_ []step, top *event.Process, whole bool) {
	for len(way) < maxWalk {
		child := way[len(way)-1]
		if len(way) > event.MaxLineage && !child.it.Value.inherits(child.im) {
			break
		}
		entity := child.it.Value.parent()
		it := t.processes.Peek(entity)
		if entity == 0 || it == nil {
			// What was handed out is still true when a parent is forgotten.
			t.await(entity)
			if child.im.lineage != nil {
				top = child.im.lineage.Parent
			}
			return way, top, true
		}
		for _, s := range way {
			if s.it == it { // feeds from outside may claim a circle
				return way, nil, true
			}
		}
		born := child.it.Value.born()
		it.Value.asked = max(it.Value.asked, born)
		im := it.Value.at(born)
		if im.lineage != nil && im.epoch == t.epoch {
			return way, im.lineage, true
		}
		way = append(way, step{it, im})
	}
	return way, nil, false
}

// show makes the process of a step with its parent.
func (s step) show(parent *event.Process) *event.Process {
	p, im := &s.it.Value, s.im
	out := &event.Process{
		EntityID: s.it.Key, PID: p.pid, NSPID: p.nsPID, UID: im.uid, StartTime: p.start,
		Name: im.name, Executable: im.executable, Args: im.args, Parent: parent,
	}
	if im.executed {
		out.ExecTime = im.time
	}
	if parent != nil && p.inherits(im) {
		out.Executable, out.Args = parent.Executable, parent.Args
		if out.Name == "" {
			out.Name = parent.Name
		}
	}
	return out
}

// limit returns a chain that a child can have as its parent: the same one, or a
// copy that is not too long.
func limit(chain *event.Process) (_ *event.Process, copied bool) {
	n := 0
	for p := chain; p != nil; p = p.Parent {
		n++
	}
	if n <= event.MaxLineage {
		return chain, false
	}
	short := make([]event.Process, event.MaxLineage)
	for i := range short {
		short[i] = *chain
		short[i].Parent = nil
		if i > 0 {
			short[i-1].Parent = &short[i]
		}
		chain = chain.Parent
	}
	return &short[0], true
}
