package processtree

import "github.com/weirsec/weir/schemas/event"

// Seen learns from the context of any event at its time (Unix nanoseconds): of
// the process, of its thread, and the container, where the context has one by
// now. It is what LineageOf does on its way.
func (t *Tree) Seen(c *event.Context, at int64) {
	if known := c.ProcessEntityID != 0 && (c.HostPID != 0 || c.HostTID != 0); known {
		it := t.meet(c, at)
		if im := it.Value.at(at); !it.Value.familiar(im, c) {
			t.notice(it, im, c, at)
		}
	}
}

// familiar reports whether a context tells nothing new of a process that runs im.
func (p *process) familiar(im *image, c *event.Context) bool {
	return c.HostTID == c.HostPID && c.ThreadEntityID == c.ProcessEntityID && len(p.selves) == 0 &&
		im.uid == c.UID && im.gid == c.GID && im.name == c.ProcessName && p.container == c.Container.ID
}

// meet returns the process of a context, which it learns of if need be.
func (t *Tree) meet(c *event.Context, at int64) *node {
	it := t.processes.Get(c.ProcessEntityID)
	if it == nil || it.Value.source <= seen && at < it.Value.since {
		it = t.seen(c, at)
	}
	return it
}

// notice learns what a context tells that is news: a name, a user, a container
// of the process, which runs im.
func (t *Tree) notice(it *node, im *image, c *event.Context, at int64) {
	p := &it.Value
	if c.Container.ID != "" && (p.container != c.Container.ID || at < p.contained) {
		t.contain(it, c.Container.ID, at)
	}
	if notFirst(c) {
		t.noticeThread(c, at)
		return
	}
	if c.ProcessName == "" {
		return
	}
	if i := p.self(im, at); i != nil && i.same(c.ProcessName, c.UID, c.GID) ||
		i == nil && im.name == c.ProcessName && im.uid == c.UID && im.gid == c.GID {
		return
	}
	size, dropped := p.selves.insert(identity{at, c.ProcessName, c.UID, c.GID})
	t.processes.Grow(it, size)
	if dropped {
		t.counts.Identities++
	}
}

// contain learns which container a process is in. It may move into one, as the
// first process of a container does; of two the later one counts.
func (t *Tree) contain(it *node, id string, at int64) {
	p := &it.Value
	switch {
	case p.container == id:
		p.contained = min(p.contained, at)
	case p.container == "" || at > p.contained:
		t.processes.Grow(it, len(id)-len(p.container))
		p.container, p.contained = t.shared(id), at
	}
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
	p.pid, p.nsPID, p.ppid = c.HostPID, c.PID, c.HostPPID
	t.children.join(it, c.ParentEntityID)
	name := ""
	if !notFirst(c) {
		p.start, name = c.ThreadStartTime, c.ProcessName
	}
	t.setFirst(it, name, c.Executable, c.UID, c.GID)
	return it
}

// setFirst replaces what a process ran before it executed anything.
func (t *Tree) setFirst(it *node, name, executable string, uid, gid uint32) {
	old := len(it.Value.first.name) + len(it.Value.first.executable)
	im, _, _ := newImage(name, executable, nil)
	im.uid, im.gid = uid, gid
	it.Value.first = im
	t.processes.Grow(it, len(name)+len(executable)-old)
}

// notFirst reports whether a context is of a thread that is not its process's
// first one, whose entity is the process's too.
func notFirst(c *event.Context) bool {
	return c.HostTID != c.HostPID || c.ThreadEntityID != 0 && c.ThreadEntityID != c.ProcessEntityID
}
