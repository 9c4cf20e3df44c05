package processtree

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// processInfo is a process as it was at a time. What identifies it is known of
// any time; the id of its parent, which a process may change, since it started.
func (t *Tree) processInfo(it *node, at int64) datasource.ProcessInfo {
	p := &it.Value
	ended, runs := t.ended(it), t.program(it, at)
	info := datasource.ProcessInfo{
		EntityID: it.Key, ParentEntityID: p.parent(), PID: int(p.pid), NSPID: int(p.nsPID),
		ContainerID: t.containerOf(it, at), Cmd: append([]string{}, runs.args...),
		ExecutionBinary: runs.file.info(runs.executable),
		StartTime:       moment(p.start), ExecTime: moment(runs.executed), ExitTime: moment(ended),
		IsAlive: alive(p.start, ended, at),
	}
	if f := runs.file; f != nil {
		info.Interpreter.Path, info.Interp.Path = f.loader, f.interp
	}
	if at >= p.known() {
		info.PPID = int(p.ppid)
	}
	info.ThreadIDs, info.ChildProcessIDs = t.threadsOf(it, at), t.childrenOf(it, at)
	return info
}

// threadsOf lists the threads that lived at a time, by their id.
func (t *Tree) threadsOf(it *node, at int64) map[int]uint32 {
	p := &it.Value
	var l living
	if alive(p.start, p.firstExit(), at) {
		l.add(p.pid, p.start, it.Key)
	}
	t.tasks.each(it.Key, func(task *threadNode) {
		if th := &task.Value; alive(th.start, t.endOf(task), at) {
			l.add(th.tid, th.start, task.Key)
		}
	})
	return l.entities()
}

// childrenOf lists the children that lived at a time, by their id.
func (t *Tree) childrenOf(it *node, at int64) map[int]uint32 {
	var l living
	t.children.each(it.Key, func(child *node) {
		if p := &child.Value; child != it && alive(p.start, t.ended(child), at) {
			l.add(p.pid, p.start, child.Key)
		}
	})
	return l.entities()
}

// endOf is when a thread ended, 0 where it has not: one that took the place of
// the first one by executing a program is told of by that only.
func (t *Tree) endOf(it *threadNode) int64 {
	th := &it.Value
	if th.exit != 0 {
		return th.exit
	}
	if of := t.processes.Peek(th.kin.elder); of != nil {
		if replaced := of.Value.replaced(); replaced > th.start {
			return replaced
		}
	}
	return 0
}

// threadInfo is a thread as it was at a time, where it is not the first one of
// its process. It is stale where the process is over and its own end unknown.
func (t *Tree) threadInfo(it *threadNode, at int64) (datasource.ThreadInfo, event.Status) {
	th := &it.Value
	ended := t.endOf(it)
	info := datasource.ThreadInfo{
		EntityID: it.Key, ProcessEntityID: th.kin.elder, TID: int(th.tid), NSTID: int(th.nsTID), PID: int(th.pid),
		StartTime: moment(th.start), ExitTime: moment(ended), IsAlive: alive(th.start, ended, at),
	}
	of := t.processes.Peek(th.kin.elder)
	if at >= th.known() {
		info.Name, info.UserID, info.GroupID = th.name, int(th.uid), int(th.gid)
		if of != nil && th.name == "" {
			info.Name = t.program(of, th.since).name
		}
	}
	if i := th.selves.at(at); i != nil {
		info.Name, info.UserID, info.GroupID = i.name, int(i.uid), int(i.gid)
	}
	switch {
	case ended == 0 && of != nil && of.Value.over != 0 && at > of.Value.over:
		return info, event.StatusStale
	case th.source > seen:
		return info, event.StatusResolved
	default:
		return info, event.StatusNotFound
	}
}

// firstThreadInfo is the first thread of a process as it was at a time.
func (t *Tree) firstThreadInfo(it *node, at int64) datasource.ThreadInfo {
	p := &it.Value
	runs, ended := t.program(it, at), p.firstExit()
	return datasource.ThreadInfo{
		EntityID: it.Key, ProcessEntityID: it.Key, TID: int(p.pid), NSTID: int(p.nsPID), PID: int(p.pid),
		UserID: int(runs.uid), GroupID: int(runs.gid), Name: runs.name,
		StartTime: moment(p.start), ExitTime: moment(ended), IsAlive: alive(p.start, ended, at),
	}
}
