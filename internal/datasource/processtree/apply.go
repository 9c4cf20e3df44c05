package processtree

import "github.com/weirsec/weir/schemas/event"

// Apply learns from an event about processes and threads; others are ignored.
// Learning the same twice changes nothing.
func (t *Tree) Apply(e *event.Event) {
	if e.Context.ProcessEntityID == 0 {
		return
	}
	switch e.Shape.Name {
	case "sched_process_fork":
		t.fork(e)
	case "sched_process_exec":
		t.exec(e)
	case "sched_process_exit":
		t.exit(e)
	case "existing_process":
		t.existing(e)
	}
}

// fork learns of a new process or thread.
func (t *Tree) fork(e *event.Event) {
	f := readFork(e)
	if f.pid == 0 || f.tid == 0 {
		return
	}
	t.seen(e.Context, e.Time)
	if notFirst(e.Context) {
		t.seenThread(e.Context, e.Time)
	}
	entity := event.EntityID(int32(f.tid), f.start)
	if f.pid != f.tid {
		t.forkThread(e.Context, e.Time, entity, f)
		return
	}
	it := t.node(entity)
	p := &it.Value
	if !t.facts(p, forked, e.Time) {
		return
	}
	p.pid, p.nsPID, p.start = int32(f.pid), int32(f.nsPID), f.start
	p.ppid = e.Context.HostPID
	t.children.join(it, e.Context.ProcessEntityID)
	t.setFirst(it, e.Context.ProcessName, "", e.Context.UID, e.Context.GID)
	// Its ancestors are known best now: the parent may be gone when the first
	// event of the child comes.
	t.lineage(it, e.Time)
}

// exec learns what a process runs. The thread that executes a program has become
// the first one of its process by then; Tracee's old feeds tell of others too.
func (t *Tree) exec(e *event.Event) {
	if notFirst(e.Context) {
		return
	}
	it := t.seen(e.Context, e.Time)
	p := &it.Value
	x := readExec(e)
	name := e.Context.ProcessName
	if name == "" {
		name = base(x.cmdpath)
		name = name[:min(len(name), maxName)]
	}
	im, size, cut := newImage(name, x.pathname, x.argv)
	im.time, im.uid, im.gid, im.told, im.executed = e.Time, e.Context.UID, e.Context.GID, true, true
	im.file = t.file(&x)
	// Only a lineage that looked at this process at a later time is wrong now.
	if p.asked >= e.Time {
		t.epoch++
	}
	if t.insert(it, im, size, cut) {
		t.lineage(it, e.Time)
	}
	if _, retired := it.Retired(); retired && p.over < e.Time && t.ended(it) == 0 {
		t.processes.Restore(it)
	}
}

// insert adds what a process executed and reports whether that is news to keep.
func (t *Tree) insert(it *node, im image, size int, cut bool) bool {
	if im.file != nil {
		size += fileSize + len(im.file.loader) + len(im.file.interp)
	}
	added, dropped, replaced := it.Value.insert(im)
	if !added {
		return false
	}
	if cut {
		t.counts.Args++
	}
	if dropped {
		// Sizes of images differ little: the new one stands for the old one.
		t.counts.Images++
		return false
	}
	if replaced {
		t.epoch++
		return true
	}
	t.processes.Grow(it, size)
	return true
}

// exit learns that a thread ended, and the process where no other is left.
func (t *Tree) exit(e *event.Event) {
	it := t.seen(e.Context, e.Time)
	v, told := e.Arg("process_group_exit")
	last := told && truth(v)
	p := &it.Value
	if notFirst(e.Context) {
		t.exitThread(e.Context, e.Time)
	} else {
		last = last || !told
		if e.Time > p.exit {
			p.exit, p.last = e.Time, last
		}
	}
	switch {
	case last && e.Time > p.over:
		p.over = e.Time
		t.processes.Retire(it, e.Time)
		t.retireThreads(it.Key, e.Time)
	case p.over == 0 && p.exit == e.Time && t.ended(it) != 0:
		t.processes.Retire(it, e.Time)
	}
}

// ended is when a process ended, 0 where it has not. A process ends with its
// last thread; where nobody told which one that is, with its first, if no other
// is known.
func (t *Tree) ended(it *node) int64 {
	p := &it.Value
	first := p.firstExit()
	switch {
	case first == 0:
		return 0
	case p.last || p.over != 0:
		return max(first, p.over)
	case p.source != forked:
		return 0
	}
	alone := true
	t.tasks.each(it.Key, func(task *threadNode) {
		th := &task.Value
		alone = alone && !alive(th.start, th.exit, first)
	})
	if !alone {
		return 0
	}
	return first
}

// alive reports whether what started and ended at two times was there at t;
// both ends count, and 0 means that the time is not known or is to come.
func alive(start, exit, t int64) bool { return start <= t && (exit == 0 || t <= exit) }

// existing learns of a process that was there before the collector.
func (t *Tree) existing(e *event.Event) {
	c := e.Context
	it := t.node(c.ProcessEntityID)
	p := &it.Value
	if t.facts(p, snapshot, e.Time) {
		p.pid, p.nsPID, p.ppid = c.HostPID, c.PID, c.HostPPID
		t.children.join(it, c.ParentEntityID)
		p.start = number(e, "start_time")
		if p.start == 0 {
			p.start = c.ThreadStartTime
		}
	}
	im, size, cut := newImage(c.ProcessName, text(e, "pathname"), list(e, "argv"))
	im.time, im.uid, im.gid, im.told = e.Time, c.UID, c.GID, true
	t.find(it, im, size, cut)
}

// find learns what a process ran when it was found, and does so again where that
// is better known or of an earlier time.
func (t *Tree) find(it *node, im image, size int, cut bool) {
	p := &it.Value
	if p.found != nil && p.found.hearsay == im.hearsay && p.found.time <= im.time ||
		p.found != nil && im.hearsay && !p.found.hearsay {
		return
	}
	if cut {
		t.counts.Args++
	}
	if p.shown || p.asked != never {
		t.epoch++
	}
	if p.found == nil {
		t.processes.Grow(it, size)
	}
	p.found = &im
	t.lineage(it, im.time)
}
