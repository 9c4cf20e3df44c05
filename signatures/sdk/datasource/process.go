package datasource

import "time"

// ProcKey asks for a process at a time; the zero time is that of the event at
// hand.
type ProcKey struct {
	EntityID uint32
	Time     time.Time
}

// ThreadKey asks for a thread at a time.
type ThreadKey struct {
	EntityID uint32
	Time     time.Time
}

// LineageKey asks for a process at a time with at most MaxDepth ancestors,
// each at the time at which it started the one before.
type LineageKey struct {
	EntityID uint32
	Time     time.Time
	MaxDepth int
}

// TimeRelevant is what was known to hold at a time.
type TimeRelevant[T any] struct {
	Timestamp time.Time
	Info      T
}

// ProcessInfo is a process. What is not known is zero: names and programs too,
// where they are only known of a later time than was asked for.
type ProcessInfo struct {
	EntityID, ParentEntityID uint32
	// PID and PPID are ids in the root pid namespace, NSPID is the one in the
	// process's own.
	PID, NSPID, PPID int
	ContainerID      string
	// Cmd are the arguments of its last exec, secrets redacted.
	Cmd                                  []string
	ExecutionBinary, Interpreter, Interp FileInfo
	StartTime, ExecTime, ExitTime        time.Time
	// ThreadIDs and ChildProcessIDs are entity ids by thread and process id.
	ThreadIDs, ChildProcessIDs map[int]uint32
	IsAlive                    bool
}

// ThreadInfo is a thread.
type ThreadInfo struct {
	EntityID, ProcessEntityID uint32
	// TID and PID are ids in the root pid namespace, NSTID is the one in the
	// thread's own.
	TID, NSTID, PID     int
	UserID, GroupID     int
	StartTime, ExitTime time.Time
	Name                string
	IsAlive             bool
}

// FileInfo is a file that was executed. Hash is always "": nobody reads the file
// for it, which could be another one by then.
type FileInfo struct {
	Path, Hash    string
	Inode, Device int
	Ctime         time.Time
	Mode          int
	// UpperLayer means that it is in the upper layer of an overlay, so not part
	// of the container's image; Memfd that it is in memory only; Deleted that it
	// had no name any more when it was executed.
	UpperLayer, Memfd, Deleted bool
}

// ProcessLineage is a process and its ancestors, nearest first. It does not
// leave the container.
type ProcessLineage []TimeRelevant[ProcessInfo]
