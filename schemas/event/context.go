package event

// Status tells how an enriched field came to be what it is.
type Status uint8

// The statuses of enriched fields. The zero Status means that nobody has tried.
const (
	StatusNone Status = iota
	// StatusResolved means that the field holds the fact.
	StatusResolved
	// StatusPending means that the fact was not known yet at the time.
	StatusPending
	// StatusNotFound means that there is no such fact.
	StatusNotFound
	// StatusStale means that the fact may have changed since it was learnt.
	StatusStale
	// StatusLost means that the fact was known and evicted, or lost on the way.
	StatusLost
)

// String returns the status as findings show it; "" for StatusNone.
func (s Status) String() string {
	return [...]string{"", "resolved", "pending", "not_found", "stale", "lost"}[min(int(s), int(StatusLost))]
}

// Context holds the facts about the thread that caused an event. It is shared
// by the events of a batch and must not be changed once published.
type Context struct {
	// Node is the name of the machine, BootID its kernel's boot id.
	Node   string
	BootID string
	// HostName is the name in the thread's UTS namespace.
	HostName string

	// PID, TID and PPID are the ids inside the thread's pid namespace.
	PID, TID, PPID int32
	// HostPID, HostTID and HostPPID are the ids in the root pid namespace.
	HostPID, HostTID, HostPPID int32

	UID, GID, EUID uint32
	// LoginUID is the audit login uid; 4294967295 means unset.
	LoginUID uint32

	// MountNS, PIDNS and NetNS are the inodes of the thread's namespaces.
	MountNS, PIDNS, NetNS uint32
	// CgroupID is the id in the hierarchy that containers are known by,
	// UnifiedCgroupID that in cgroup v2, where the two differ.
	CgroupID, UnifiedCgroupID uint64
	// Capabilities are the effective ones, a bit each as in capability.h.
	Capabilities uint64
	// TTY is the device number of the controlling terminal; 0 means none.
	TTY uint32

	// ProcessName is the thread's name (comm), at most 15 bytes.
	ProcessName string
	// Executable is the resolved path of the process's program.
	Executable string

	// ThreadStartTime is when the thread started, in Unix nanoseconds.
	ThreadStartTime int64

	ThreadEntityID, ProcessEntityID, ParentEntityID uint32

	Container  Container
	Kubernetes Kubernetes
	// ContainerStarted is false while the runtime is still setting it up.
	ContainerStarted bool

	// Process is the process with its ancestors, as known at the time, or nil.
	Process *Process

	// ContainerStatus and ProcessStatus tell how the two came to be.
	ContainerStatus, ProcessStatus Status
}

// Container is what is known about the container of an event.
type Container struct {
	ID, Name, Image, ImageDigest string
	// Runtime is "docker", "containerd", "crio", "podman" or "".
	Runtime string
	// Labels are those that the container's runtime tells, secrets redacted.
	Labels *Labels
}

// Kubernetes is what is known about the pod of an event.
type Kubernetes struct {
	PodName, PodNamespace, PodUID string
	PodSandbox                    bool
	// PodLabels are those of the pod, secrets redacted.
	PodLabels *Labels
}

// Process is one process of a lineage, immutable once published.
type Process struct {
	EntityID uint32
	// PID is the id in the root pid namespace, NSPID in its own.
	PID, NSPID int32
	UID        uint32
	// StartTime and ExecTime are Unix nanoseconds; ExecTime is 0 where the
	// process never executed a program since it was forked.
	StartTime, ExecTime int64
	Name                string
	Executable          string
	// Args are the arguments of its last exec, secrets redacted.
	Args []string
	// Parent is the next ancestor or nil at the end of what is known.
	Parent *Process
}

// MaxLineage is how many ancestors of a process travel with its events.
const MaxLineage = 8
