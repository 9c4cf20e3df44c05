package processtree

import (
	"cmp"
	"slices"
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// threadNode returns the node of a thread, which it makes if need be.
func (t *Tree) threadNode(entity uint32) *threadNode {
	if it := t.threads.Get(entity); it != nil {
		return it
	}
	return t.threads.Add(entity, threadSize)
}

// threadFacts replaces what identifies a thread, where src knows better.
func (t *Tree) threadFacts(it *threadNode, src source, at int64, facts thread, process uint32) {
	th := &it.Value
	if src < th.source || src == th.source && at >= th.since {
		return
	}
	t.threads.Grow(it, len(facts.name)-len(th.name))
	facts.name = strings.Clone(facts.name)
	facts.source, facts.since = src, at
	facts.exit, facts.selves, facts.kin = th.exit, th.selves, th.kin
	*th = facts
	t.tasks.join(it, process)
}

// forkThread learns of a new thread in the process of an event.
func (t *Tree) forkThread(c *event.Context, at int64, entity uint32, f forkArgs) {
	t.threadFacts(t.threadNode(entity), forked, at, thread{
		tid: int32(f.tid), nsTID: int32(f.nsTID), pid: int32(f.pid), start: f.start,
		uid: c.UID, gid: c.GID, name: c.ProcessName,
	}, c.ProcessEntityID)
}

// seenThread learns from the context of an event of the thread itself; nil where
// that does not say which thread it is.
func (t *Tree) seenThread(c *event.Context, at int64) *threadNode {
	if c.ThreadEntityID == 0 || c.ThreadEntityID == c.ProcessEntityID {
		return nil
	}
	it := t.threadNode(c.ThreadEntityID)
	if th := &it.Value; th.source <= seen {
		t.threadFacts(it, seen, at, thread{
			tid: c.HostTID, nsTID: c.TID, pid: c.HostPID, start: c.ThreadStartTime,
			uid: c.UID, gid: c.GID, name: c.ProcessName,
		}, c.ProcessEntityID)
	}
	return it
}

// noticeThread learns the name and user of a thread that is not the first one.
func (t *Tree) noticeThread(c *event.Context, at int64) {
	it := t.seenThread(c, at)
	if it == nil || c.ProcessName == "" {
		return
	}
	th := &it.Value
	if i := th.selves.at(at); i != nil && i.same(c.ProcessName, c.UID, c.GID) ||
		i == nil && th.name == c.ProcessName && th.uid == c.UID && th.gid == c.GID {
		return
	}
	size, dropped := th.selves.insert(identity{at, c.ProcessName, c.UID, c.GID})
	t.threads.Grow(it, size)
	if dropped {
		t.counts.Identities++
	}
}

// exitThread learns that a thread ended that is not the first one.
func (t *Tree) exitThread(c *event.Context, at int64) {
	if it := t.seenThread(c, at); it != nil && at > it.Value.exit {
		it.Value.exit = at
		t.threads.Retire(it, at)
	}
}

// retireThreads lets go of the threads of a process that is over, where their
// own ends were not told.
func (t *Tree) retireThreads(process uint32, at int64) {
	var left []*threadNode
	t.tasks.each(process, func(it *threadNode) {
		if _, retired := it.Retired(); !retired {
			left = append(left, it)
		}
	})
	slices.SortFunc(left, func(a, b *threadNode) int { return cmp.Compare(a.Key, b.Key) })
	for _, it := range left {
		t.threads.Retire(it, at)
	}
}
