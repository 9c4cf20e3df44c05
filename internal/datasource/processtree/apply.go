package processtree

import "github.com/weirsec/weir/schemas/event"

// Apply learns from an event about processes; others are ignored. Learning the
// same twice changes nothing.
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

// fork learns of a new process. New threads are none.
func (t *Tree) fork(e *event.Event) {
	pid, tid := number(e, "child_pid"), number(e, "child_tid")
	start := number(e, "start_time")
	t.seen(e.Context, e.Time)
	if pid != tid || pid == 0 {
		return
	}
	it := t.node(event.EntityID(int32(tid), start))
	p := &it.Value
	if !t.facts(p, forked, e.Time) {
		return
	}
	p.pid, p.nsPID = int32(pid), int32(number(e, "child_ns_pid"))
	p.parent, p.start = e.Context.ProcessEntityID, start
	t.setFirst(it, e.Context.ProcessName, "", e.Context.UID)
	// Its ancestors are known best now: the parent may be gone when the first
	// event of the child comes.
	t.lineage(it, e.Time)
}

func (t *Tree) exec(e *event.Event) {
	it := t.seen(e.Context, e.Time)
	p := &it.Value
	name := e.Context.ProcessName
	if name == "" {
		name = base(text(e, "cmdpath"))
	}
	im, size, cut := newImage(name, text(e, "pathname"), list(e, "argv"))
	im.time, im.uid, im.told, im.executed = e.Time, e.Context.UID, true, true
	// Only a lineage that looked at this process at a later time is wrong now.
	if p.asked >= e.Time {
		t.epoch++
	}
	added, dropped := p.insert(im)
	if !added {
		return
	}
	if cut {
		t.counts.Args++
	}
	if dropped {
		// Sizes of images differ little: the new one stands for the old one.
		t.counts.Images++
		return
	}
	t.processes.Grow(it, size)
	t.lineage(it, e.Time)
}

// exit learns that a thread ended; the process has when no other is left.
func (t *Tree) exit(e *event.Event) {
	it := t.seen(e.Context, e.Time)
	last, told := e.Arg("process_group_exit")
	if told && !truth(last) || !told && e.Context.HostTID != e.Context.HostPID {
		return
	}
	if p := &it.Value; e.Time > p.exit {
		p.exit = e.Time
		t.processes.Retire(it, e.Time)
	}
}

// existing learns of a process that was there before the collector.
func (t *Tree) existing(e *event.Event) {
	c := e.Context
	it := t.node(c.ProcessEntityID)
	p := &it.Value
	if t.facts(p, snapshot, e.Time) {
		p.pid, p.nsPID, p.parent = c.HostPID, c.PID, c.ParentEntityID
		p.start = number(e, "start_time")
		if p.start == 0 {
			p.start = c.ThreadStartTime
		}
	}
	if p.found != nil && p.found.time <= e.Time {
		return
	}
	im, size, cut := newImage(c.ProcessName, text(e, "pathname"), list(e, "argv"))
	im.time, im.uid, im.told = e.Time, c.UID, true
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
	t.lineage(it, e.Time)
}

func number(e *event.Event, name string) int64 {
	v, _ := e.Arg(name)
	n, _ := v.Int()
	return n
}

func text(e *event.Event, name string) string {
	v, _ := e.Arg(name)
	return v.Text()
}

func list(e *event.Event, name string) []string {
	v, _ := e.Arg(name)
	return v.List()
}

// truth reads a bool in either of the forms that it comes in.
func truth(v event.Value) bool {
	n, _ := v.Int()
	return v.Bool() || n != 0
}

// base returns the last component of a path.
func base(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}
