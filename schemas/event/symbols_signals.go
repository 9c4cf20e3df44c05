package event

// signals are the signals that have names.
var signals = numbered(1, "SIG",
	"HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
	"STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
	"PWR", "SYS",
)

// namespaceFlags are what unshare leaves and setns enters, and what clone3 makes:
// the flags of clone, where the lowest byte is no signal.
var namespaceFlags = flagTable(append([]symbol{
	sym("CLONE_NEWTIME", 0x80), sym("CLONE_CLEAR_SIGHAND", 0x100000000), sym("CLONE_INTO_CGROUP", 0x200000000),
}, cloneFlags.list[:len(cloneFlags.list)-1]...)...)

// pidfdFlags are the flags of pidfd_open, pidfdSignalFlags those of
// pidfd_send_signal.
var (
	pidfdFlags       = flagTable(sym("PIDFD_NONBLOCK", 0x800), sym("PIDFD_THREAD", 0x80))
	pidfdSignalFlags = flagTable(
		sym("PIDFD_SIGNAL_THREAD", 0x1), sym("PIDFD_SIGNAL_THREAD_GROUP", 0x2), sym("PIDFD_SIGNAL_PROCESS_GROUP", 0x4),
	)
)

// personalities are execution domains' flags; the domains of other systems have
// no names here.
var personalities = flagTable(
	sym("PER_LINUX", 0x0), sym("UNAME26", 0x20000), sym("ADDR_NO_RANDOMIZE", 0x40000), sym("FDPIC_FUNCPTRS", 0x80000),
	sym("MMAP_PAGE_ZERO", 0x100000), sym("ADDR_COMPAT_LAYOUT", 0x200000), sym("READ_IMPLIES_EXEC", 0x400000),
	sym("ADDR_LIMIT_32BIT", 0x800000), sym("SHORT_INODE", 0x1000000), sym("WHOLE_SECONDS", 0x2000000),
	sym("STICKY_TIMEOUTS", 0x4000000), sym("ADDR_LIMIT_3GB", 0x8000000), sym("PER_LINUX32", 0x8),
)

// seccompOperations are the operations of seccomp, seccompFlags the flags of the
// one that sets a filter.
var (
	seccompOperations = numbered(0, "SECCOMP_", "SET_MODE_STRICT", "SET_MODE_FILTER", "GET_ACTION_AVAIL", "GET_NOTIF_SIZES")
	seccompFlags      = flagTable(
		sym("SECCOMP_FILTER_FLAG_TSYNC", 0x1), sym("SECCOMP_FILTER_FLAG_LOG", 0x2),
		sym("SECCOMP_FILTER_FLAG_SPEC_ALLOW", 0x4), sym("SECCOMP_FILTER_FLAG_NEW_LISTENER", 0x8),
		sym("SECCOMP_FILTER_FLAG_TSYNC_ESRCH", 0x10), sym("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 0x20),
	)
)

// resources are what prlimit64 limits.
var resources = numbered(0, "RLIMIT_",
	"CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING",
	"MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
)
