package source

import (
	"slices"
	"strings"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// processInfo is a process as it was at a time.
func processInfo(e *event.Event, p *event.Process, at int64) datasource.ProcessInfo {
	info := datasource.ProcessInfo{
		EntityID: p.EntityID, PID: int(p.PID), NSPID: int(p.NSPID), StartTime: moment(p.StartTime),
		ThreadIDs: map[int]uint32{int(p.PID): p.EntityID}, ChildProcessIDs: map[int]uint32{},
		IsAlive: p.StartTime <= at,
	}
	if p.Parent != nil {
		info.ParentEntityID, info.PPID = p.Parent.EntityID, int(p.Parent.PID)
	}
	if p.EntityID == e.Context.ProcessEntityID {
		info.ContainerID = strings.Clone(e.Context.Container.ID)
		if info.PPID == 0 {
			info.ParentEntityID, info.PPID = e.Context.ParentEntityID, int(e.Context.HostPPID)
		}
		if e.Context.HostTID != 0 {
			info.ThreadIDs[int(e.Context.HostTID)] = e.Context.ThreadEntityID
		}
	}
	for child := e.Context.Process; child != nil; child = child.Parent {
		if child.Parent != nil && child.Parent.EntityID == p.EntityID && child.StartTime <= at {
			info.ChildProcessIDs[int(child.PID)] = child.EntityID
		}
	}
	// What it executed before its last exec is not known.
	if max(p.StartTime, p.ExecTime) <= at {
		info.ExecTime = moment(p.ExecTime)
		info.Cmd = slices.Clone(p.Args)
		for i := range info.Cmd {
			info.Cmd[i] = strings.Clone(info.Cmd[i])
		}
		info.ExecutionBinary.Path = strings.Clone(p.Executable)
	}
	return info
}

// threadInfo is the event's thread, or the first one of a process that the
// event knows.
func threadInfo(e *event.Event, id uint32, at int64) (datasource.ThreadInfo, bool) {
	c := e.Context
	if c.ThreadEntityID == id {
		return datasource.ThreadInfo{
			EntityID: id, ProcessEntityID: c.ProcessEntityID, TID: int(c.HostTID), NSTID: int(c.TID), PID: int(c.HostPID),
			UserID: int(c.UID), GroupID: int(c.GID), StartTime: moment(c.ThreadStartTime),
			Name: strings.Clone(c.ProcessName), IsAlive: c.ThreadStartTime <= at,
		}, true
	}
	p := find(e, id)
	if p == nil {
		return datasource.ThreadInfo{}, false
	}
	info := datasource.ThreadInfo{
		EntityID: id, ProcessEntityID: id, TID: int(p.PID), NSTID: int(p.NSPID), PID: int(p.PID), UserID: int(p.UID),
		StartTime: moment(p.StartTime), IsAlive: p.StartTime <= at,
	}
	if max(p.StartTime, p.ExecTime) <= at {
		info.Name = strings.Clone(p.Name)
	}
	return info, true
}

// lineage is a process with its ancestors, each as it was when it started the
// one before; the first process of a container is the last one.
func lineage(e *event.Event, p *event.Process, at int64, ancestors int) datasource.ProcessLineage {
	all := datasource.ProcessLineage{relevant(at, processInfo(e, p, at))}
	for ; ancestors > 0 && p.NSPID != 1 && p.Parent != nil && p.Parent.PID != 0; ancestors-- {
		if p.StartTime != 0 {
			at = p.StartTime
		}
		p = p.Parent
		all = append(all, relevant(at, processInfo(e, p, at)))
	}
	return all
}

// moment is a time in Unix nanoseconds, the zero time where it is not known.
func moment(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns)
}
