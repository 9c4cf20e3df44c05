package event

// keyOperations are the operations of keyctl.
var keyOperations = numbered(0, "KEYCTL_",
	"GET_KEYRING_ID", "JOIN_SESSION_KEYRING", "UPDATE", "REVOKE", "CHOWN", "SETPERM", "DESCRIBE", "CLEAR", "LINK",
	"UNLINK", "SEARCH", "READ", "INSTANTIATE", "NEGATE", "SET_REQKEY_KEYRING", "SET_TIMEOUT", "ASSUME_AUTHORITY",
	"GET_SECURITY", "SESSION_TO_PARENT", "REJECT", "INSTANTIATE_IOV", "INVALIDATE", "GET_PERSISTENT", "DH_COMPUTE",
	"PKEY_QUERY", "PKEY_ENCRYPT", "PKEY_DECRYPT", "PKEY_SIGN", "PKEY_VERIFY", "RESTRICT_KEYRING", "MOVE",
	"CAPABILITIES", "WATCH_KEY",
)

// perfFlags are the flags of perf_event_open.
var perfFlags = flagTable(
	sym("PERF_FLAG_FD_NO_GROUP", 0x1), sym("PERF_FLAG_FD_OUTPUT", 0x2), sym("PERF_FLAG_PID_CGROUP", 0x4),
	sym("PERF_FLAG_FD_CLOEXEC", 0x8),
)

// faultFlags are the flags of userfaultfd.
var faultFlags = flagTable(sym("UFFD_USER_MODE_ONLY", 0x1), sym("O_CLOEXEC", 0x80000), sym("O_NONBLOCK", 0x800))

// moduleFlags are the flags of finit_module.
var moduleFlags = flagTable(
	sym("MODULE_INIT_IGNORE_MODVERSIONS", 0x1), sym("MODULE_INIT_IGNORE_VERMAGIC", 0x2),
	sym("MODULE_INIT_COMPRESSED_FILE", 0x4),
)

// kexecFlags are the flags of kexec_load, kexecFileFlags those of kexec_file_load.
var (
	kexecFlags = flagTable(
		sym("KEXEC_ON_CRASH", 0x1), sym("KEXEC_PRESERVE_CONTEXT", 0x2), sym("KEXEC_UPDATE_ELFCOREHDR", 0x4),
		sym("KEXEC_CRASH_HOTPLUG_SUPPORT", 0x8), part("KEXEC_ARCH_386", 3<<16, 0xffff0000),
		part("KEXEC_ARCH_X86_64", 62<<16, 0xffff0000), part("KEXEC_ARCH_AARCH64", 183<<16, 0xffff0000),
	)
	kexecFileFlags = flagTable(
		sym("KEXEC_FILE_UNLOAD", 0x1), sym("KEXEC_FILE_ON_CRASH", 0x2), sym("KEXEC_FILE_NO_INITRAMFS", 0x4),
		sym("KEXEC_FILE_DEBUG", 0x8),
	)
)

// logActions are what syslog does.
var logActions = numbered(0, "SYSLOG_ACTION_",
	"CLOSE", "OPEN", "READ", "READ_ALL", "READ_CLEAR", "CLEAR", "CONSOLE_OFF", "CONSOLE_ON", "CONSOLE_LEVEL",
	"SIZE_UNREAD", "SIZE_BUFFER",
)

// rebootCommands are the commands of reboot, as the signed numbers that they are.
var rebootCommands = numberTable(
	sym("LINUX_REBOOT_CMD_RESTART", 0x1234567), sym("LINUX_REBOOT_CMD_HALT", 0xffffffffcdef0123),
	sym("LINUX_REBOOT_CMD_CAD_ON", 0xffffffff89abcdef), sym("LINUX_REBOOT_CMD_CAD_OFF", 0),
	sym("LINUX_REBOOT_CMD_POWER_OFF", 0x4321fedc), sym("LINUX_REBOOT_CMD_RESTART2", 0xffffffffa1b2c3d4),
	sym("LINUX_REBOOT_CMD_SW_SUSPEND", 0xffffffffd000fce2), sym("LINUX_REBOOT_CMD_KEXEC", 0x45584543),
)

// swapFlags are the flags of swapon; the lowest 15 bits are a priority.
var swapFlags = flagTable(
	sym("SWAP_FLAG_PREFER", 0x8000), sym("SWAP_FLAG_DISCARD", 0x10000), sym("SWAP_FLAG_DISCARD_ONCE", 0x20000),
	sym("SWAP_FLAG_DISCARD_PAGES", 0x40000),
)

// clocks are what clock_settime sets.
var clocks = numberTable(
	sym("CLOCK_REALTIME", 0), sym("CLOCK_MONOTONIC", 1), sym("CLOCK_PROCESS_CPUTIME_ID", 2),
	sym("CLOCK_THREAD_CPUTIME_ID", 3), sym("CLOCK_MONOTONIC_RAW", 4), sym("CLOCK_REALTIME_COARSE", 5),
	sym("CLOCK_MONOTONIC_COARSE", 6), sym("CLOCK_BOOTTIME", 7), sym("CLOCK_REALTIME_ALARM", 8),
	sym("CLOCK_BOOTTIME_ALARM", 9), sym("CLOCK_TAI", 11),
)
