package processtree

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// ancestry is a process with at most so many ancestors, each as it was when it
// started the one before. It does not leave the container: the first process of
// a pid namespace is the last one. Ancestors that are forgotten are told of as
// they were handed out, while that is remembered.
func (t *Tree) ancestry(it *node, at int64, ancestors int) datasource.ProcessLineage {
	all := datasource.ProcessLineage{relevant(at, t.processInfo(it, at))}
	been := map[uint32]struct{}{it.Key: {}}
	for ; ancestors > 0 && it.Value.nsPID != 1; ancestors-- {
		child := it
		im := child.Value.at(at)
		if child.Value.start != 0 {
			at = child.Value.start
		}
		it = t.processes.Peek(child.Value.parent())
		if it == nil {
			if im.lineage != nil {
				all = append(all, forgotten(im.lineage, at, ancestors)...)
			}
			break
		}
		if _, circle := been[it.Key]; circle { // feeds from outside may claim one
			break
		}
		been[it.Key] = struct{}{}
		all = append(all, relevant(at, t.processInfo(it, at)))
	}
	return all
}

// forgotten tells of the ancestors of a process by its lineage; at is when the
// process started.
func forgotten(child *event.Process, at int64, ancestors int) (all datasource.ProcessLineage) {
	for ; ancestors > 0 && child.NSPID != 1 && child.Parent != nil; ancestors-- {
		p := child.Parent
		info := datasource.ProcessInfo{
			EntityID: p.EntityID, PID: int(p.PID), NSPID: int(p.NSPID), Cmd: append([]string{}, p.Args...),
			ExecutionBinary: datasource.FileInfo{Path: p.Executable},
			StartTime:       moment(p.StartTime), ExecTime: moment(p.ExecTime),
			ThreadIDs:       map[int]uint32{int(p.PID): p.EntityID},
			ChildProcessIDs: map[int]uint32{int(child.PID): child.EntityID},
			IsAlive:         true,
		}
		if p.Parent != nil {
			info.ParentEntityID, info.PPID = p.Parent.EntityID, int(p.Parent.PID)
		}
		all = append(all, relevant(at, info))
		if p.StartTime != 0 {
			at = p.StartTime
		}
		child = p
	}
	return all
}
