package catalogue

// Hook is a place in the kernel at which an event can be observed.
type Hook string

// The hooks.
const (
	// SysExit is the end of a syscall.
	SysExit Hook = "sys_exit"
	// Tracepoint is one of the kernel's static tracepoints.
	Tracepoint Hook = "tp"
	// LSM is a hook of the security modules, Fentry the entry of a function,
	// Kprobe a breakpoint there.
	LSM    Hook = "lsm"
	Fentry Hook = "fentry"
	Kprobe Hook = "kprobe"
	// CgroupSKB sees the packets of a cgroup's sockets.
	CgroupSKB Hook = "cgroup_skb"
	// Iterator walks over what the kernel has.
	Iterator Hook = "iter"
	// Procfs is /proc, read once at start.
	Procfs Hook = "procfs"
	// Runtime is the API of a container runtime.
	Runtime Hook = "runtime"
	// Collector events are made by Weir's collector itself.
	Collector Hook = "collector"
)
