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
	Timestamp time.Time `json:"timestamp"`
	Info      T         `json:"info"`
}

// ProcessInfo is a process. What is not known is zero: names and programs too,
// where they are only known of a later time than was asked for.
type ProcessInfo struct {
	EntityID       uint32 `json:"entity_id"`
	ParentEntityID uint32 `json:"parent_entity_id,omitzero"`
	// PID and PPID are ids in the root pid namespace, NSPID is the one in the
	// process's own.
	PID         int    `json:"pid"`
	NSPID       int    `json:"ns_pid"`
	PPID        int    `json:"ppid"`
	ContainerID string `json:"container_id,omitzero"`
	// Cmd are the arguments of its last exec, secrets redacted.
	Cmd             []string  `json:"cmd,omitzero"`
	ExecutionBinary FileInfo  `json:"execution_binary,omitzero"`
	Interpreter     FileInfo  `json:"interpreter,omitzero"`
	Interp          FileInfo  `json:"interp,omitzero"`
	StartTime       time.Time `json:"start_time,omitzero"`
	ExecTime        time.Time `json:"exec_time,omitzero"`
	ExitTime        time.Time `json:"exit_time,omitzero"`
	// ThreadIDs and ChildProcessIDs are entity ids by thread and process id.
	ThreadIDs       map[int]uint32 `json:"thread_ids,omitempty"`
	ChildProcessIDs map[int]uint32 `json:"child_process_ids,omitempty"`
	IsAlive         bool           `json:"is_alive"`
}

// ThreadInfo is a thread.
type ThreadInfo struct {
	EntityID        uint32 `json:"entity_id"`
	ProcessEntityID uint32 `json:"process_entity_id,omitzero"`
	// TID and PID are ids in the root pid namespace, NSTID is the one in the
	// thread's own.
	TID       int       `json:"tid"`
	NSTID     int       `json:"ns_tid"`
	PID       int       `json:"pid"`
	UserID    int       `json:"user_id"`
	GroupID   int       `json:"group_id"`
	StartTime time.Time `json:"start_time,omitzero"`
	ExitTime  time.Time `json:"exit_time,omitzero"`
	Name      string    `json:"name"`
	IsAlive   bool      `json:"is_alive"`
}

// FileInfo is a file that was executed. Hash is always "": nobody reads the file
// for it, which could be another one by then.
type FileInfo struct {
	Path   string    `json:"path"`
	Hash   string    `json:"hash,omitzero"`
	Inode  int       `json:"inode,omitzero"`
	Device int       `json:"device,omitzero"`
	Ctime  time.Time `json:"ctime,omitzero"`
	Mode   int       `json:"mode,omitzero"`
	// UpperLayer means that it is in the upper layer of an overlay, so not part
	// of the container's image; Memfd that it is in memory only; Deleted that it
	// had no name any more when it was executed.
	UpperLayer bool `json:"upper_layer,omitzero"`
	Memfd      bool `json:"memfd,omitzero"`
	Deleted    bool `json:"deleted,omitzero"`
}

// ProcessLineage is a process and its ancestors, nearest first. It does not
// leave the container.
type ProcessLineage []TimeRelevant[ProcessInfo]
