package tracee

import (
	theirs "github.com/aquasecurity/tracee/types/datasource"

	ours "github.com/weirsec/weir/signatures/sdk/datasource"
)

// resultForTracee returns a result of Weir's sources with Tracee's types. What
// has no type of Weir's own stays.
func resultForTracee(result map[string]any) map[string]any {
	return mapped(result, func(value any) any {
		switch v := value.(type) {
		case ours.TimeRelevant[ours.ProcessInfo]:
			return processForTracee(v)
		case ours.TimeRelevant[ours.ThreadInfo]:
			return theirs.TimeRelevantInfo[theirs.ThreadInfo]{Timestamp: v.Timestamp, Info: threadForTracee(v.Info)}
		case ours.ProcessLineage:
			lineage := make(theirs.ProcessLineage, 0, len(v))
			for _, p := range v {
				lineage = append(lineage, processForTracee(p))
			}
			return lineage
		default:
			return value
		}
	})
}

// resultFromTracee is the way back.
func resultFromTracee(result map[string]any) map[string]any {
	return mapped(result, func(value any) any {
		switch v := value.(type) {
		case theirs.TimeRelevantInfo[theirs.ProcessInfo]:
			return processFromTracee(v)
		case theirs.TimeRelevantInfo[theirs.ThreadInfo]:
			return ours.TimeRelevant[ours.ThreadInfo]{Timestamp: v.Timestamp, Info: threadFromTracee(v.Info)}
		case theirs.ProcessLineage:
			lineage := make(ours.ProcessLineage, 0, len(v))
			for _, p := range v {
				lineage = append(lineage, processFromTracee(p))
			}
			return lineage
		default:
			return value
		}
	})
}

// mapped returns a copy of a map with other values; a source may keep its own.
func mapped(given map[string]any, of func(any) any) map[string]any {
	if given == nil {
		return nil
	}
	made := make(map[string]any, len(given))
	for key, value := range given {
		made[key] = of(value)
	}
	return made
}

func processForTracee(p ours.TimeRelevant[ours.ProcessInfo]) theirs.TimeRelevantInfo[theirs.ProcessInfo] {
	i := p.Info
	return theirs.TimeRelevantInfo[theirs.ProcessInfo]{Timestamp: p.Timestamp, Info: theirs.ProcessInfo{
		EntityId: i.EntityID, Pid: i.PID, NsPid: i.NSPID, Ppid: i.PPID, ContainerId: i.ContainerID, Cmd: i.Cmd,
		ExecutionBinary: fileForTracee(i.ExecutionBinary), Interpreter: fileForTracee(i.Interpreter),
		Interp: fileForTracee(i.Interp), StartTime: i.StartTime, ExecTime: i.ExecTime, ExitTime: i.ExitTime,
		ParentEntityId: i.ParentEntityID, ThreadsIds: i.ThreadIDs, ChildProcessesIds: i.ChildProcessIDs, IsAlive: i.IsAlive,
	}}
}

func processFromTracee(p theirs.TimeRelevantInfo[theirs.ProcessInfo]) ours.TimeRelevant[ours.ProcessInfo] {
	i := p.Info
	return ours.TimeRelevant[ours.ProcessInfo]{Timestamp: p.Timestamp, Info: ours.ProcessInfo{
		EntityID: i.EntityId, PID: i.Pid, NSPID: i.NsPid, PPID: i.Ppid, ContainerID: i.ContainerId, Cmd: i.Cmd,
		ExecutionBinary: fileFromTracee(i.ExecutionBinary), Interpreter: fileFromTracee(i.Interpreter),
		Interp: fileFromTracee(i.Interp), StartTime: i.StartTime, ExecTime: i.ExecTime, ExitTime: i.ExitTime,
		ParentEntityID: i.ParentEntityId, ThreadIDs: i.ThreadsIds, ChildProcessIDs: i.ChildProcessesIds, IsAlive: i.IsAlive,
	}}
}

func threadForTracee(i ours.ThreadInfo) theirs.ThreadInfo {
	return theirs.ThreadInfo{
		EntityId: i.EntityID, Tid: i.TID, NsTid: i.NSTID, Pid: i.PID, UserId: i.UserID, GroupId: i.GroupID,
		StartTime: i.StartTime, ExitTime: i.ExitTime, Name: i.Name, ProcessEntityId: i.ProcessEntityID, IsAlive: i.IsAlive,
	}
}

func threadFromTracee(i theirs.ThreadInfo) ours.ThreadInfo {
	return ours.ThreadInfo{
		EntityID: i.EntityId, TID: i.Tid, NSTID: i.NsTid, PID: i.Pid, UserID: i.UserId, GroupID: i.GroupId,
		StartTime: i.StartTime, ExitTime: i.ExitTime, Name: i.Name, ProcessEntityID: i.ProcessEntityId, IsAlive: i.IsAlive,
	}
}

// fileForTracee leaves out what Tracee's type has no place for.
func fileForTracee(f ours.FileInfo) theirs.FileInfo {
	return theirs.FileInfo{Path: f.Path, Hash: f.Hash, Inode: f.Inode, Device: f.Device, Ctime: f.Ctime, Mode: f.Mode}
}

func fileFromTracee(f theirs.FileInfo) ours.FileInfo {
	return ours.FileInfo{Path: f.Path, Hash: f.Hash, Inode: f.Inode, Device: f.Device, Ctime: f.Ctime, Mode: f.Mode}
}
