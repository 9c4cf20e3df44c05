package event

// unlinkatFlags are the flags of unlinkat, whose bit means something else
// elsewhere; pathFlags are those of linkat, fchownat and fchmodat2.
var (
	unlinkatFlags = flagTable(sym("AT_REMOVEDIR", 0x200))
	pathFlags     = flagTable(
		sym("AT_SYMLINK_NOFOLLOW", 0x100), sym("AT_SYMLINK_FOLLOW", 0x400), sym("AT_EMPTY_PATH", 0x1000),
	)
)

// renameFlags are the flags of renameat2.
var renameFlags = flagTable(
	sym("RENAME_NOREPLACE", 0x1), sym("RENAME_EXCHANGE", 0x2), sym("RENAME_WHITEOUT", 0x4),
)

// resolveFlags are how openat2 may walk to a file.
var resolveFlags = flagTable(
	sym("RESOLVE_NO_XDEV", 0x1), sym("RESOLVE_NO_MAGICLINKS", 0x2), sym("RESOLVE_NO_SYMLINKS", 0x4),
	sym("RESOLVE_BENEATH", 0x8), sym("RESOLVE_IN_ROOT", 0x10), sym("RESOLVE_CACHED", 0x20),
)

// descriptorFlags are flags of open that other syscalls take, without the modes
// of access, which would make O_RDONLY of nothing.
var descriptorFlags = flagTable(
	sym("O_CLOEXEC", 0x80000), sym("O_NONBLOCK", 0x800), sym("O_TRUNC", 0x200), sym("O_EXCL", 0x80),
)

// memfdFlags are the flags of memfd_create with the sizes of huge pages.
var memfdFlags = flagTable(
	sym("MFD_CLOEXEC", 0x1), sym("MFD_ALLOW_SEALING", 0x2), sym("MFD_HUGETLB", 0x4), sym("MFD_NOEXEC_SEAL", 0x8),
	sym("MFD_EXEC", 0x10), part("MFD_HUGE_2MB", 21<<26, 0x3f<<26), part("MFD_HUGE_1GB", 30<<26, 0x3f<<26),
)

// fileCommands are the commands of fcntl.
var fileCommands = numberTable(
	sym("F_DUPFD", 0), sym("F_GETFD", 1), sym("F_SETFD", 2), sym("F_GETFL", 3), sym("F_SETFL", 4), sym("F_GETLK", 5),
	sym("F_SETLK", 6), sym("F_SETLKW", 7), sym("F_SETOWN", 8), sym("F_GETOWN", 9), sym("F_SETSIG", 10),
	sym("F_GETSIG", 11), sym("F_SETOWN_EX", 15), sym("F_GETOWN_EX", 16), sym("F_GETOWNER_UIDS", 17),
	sym("F_OFD_GETLK", 36), sym("F_OFD_SETLK", 37), sym("F_OFD_SETLKW", 38), sym("F_SETLEASE", 1024),
	sym("F_GETLEASE", 1025), sym("F_NOTIFY", 1026), sym("F_DUPFD_QUERY", 1027), sym("F_CREATED_QUERY", 1028),
	sym("F_CANCELLK", 1029), sym("F_DUPFD_CLOEXEC", 1030), sym("F_SETPIPE_SZ", 1031), sym("F_GETPIPE_SZ", 1032),
	sym("F_ADD_SEALS", 1033), sym("F_GET_SEALS", 1034), sym("F_GET_RW_HINT", 1035), sym("F_SET_RW_HINT", 1036),
	sym("F_GET_FILE_RW_HINT", 1037), sym("F_SET_FILE_RW_HINT", 1038),
)

// writeFlags are the flags of pwritev2.
var writeFlags = flagTable(
	sym("RWF_HIPRI", 0x1), sym("RWF_DSYNC", 0x2), sym("RWF_SYNC", 0x4), sym("RWF_NOWAIT", 0x8),
	sym("RWF_APPEND", 0x10), sym("RWF_NOAPPEND", 0x20), sym("RWF_ATOMIC", 0x40), sym("RWF_DONTCACHE", 0x80),
)

// fanotifyFlags are the flags of fanotify_init.
var fanotifyFlags = flagTable(
	sym("FAN_CLOEXEC", 0x1), sym("FAN_NONBLOCK", 0x2), sym("FAN_CLASS_CONTENT", 0x4),
	sym("FAN_CLASS_PRE_CONTENT", 0x8), sym("FAN_UNLIMITED_QUEUE", 0x10), sym("FAN_UNLIMITED_MARKS", 0x20),
	sym("FAN_ENABLE_AUDIT", 0x40), sym("FAN_REPORT_PIDFD", 0x80), sym("FAN_REPORT_TID", 0x100),
	sym("FAN_REPORT_FID", 0x200), sym("FAN_REPORT_DIR_FID", 0x400), sym("FAN_REPORT_NAME", 0x800),
	sym("FAN_REPORT_TARGET_FID", 0x1000),
)

// watchMasks are what inotify_add_watch waits for.
var watchMasks = flagTable(
	sym("IN_ACCESS", 0x1), sym("IN_MODIFY", 0x2), sym("IN_ATTRIB", 0x4), sym("IN_CLOSE_WRITE", 0x8),
	sym("IN_CLOSE_NOWRITE", 0x10), sym("IN_OPEN", 0x20), sym("IN_MOVED_FROM", 0x40), sym("IN_MOVED_TO", 0x80),
	sym("IN_CREATE", 0x100), sym("IN_DELETE", 0x200), sym("IN_DELETE_SELF", 0x400), sym("IN_MOVE_SELF", 0x800),
	sym("IN_ONLYDIR", 0x1000000), sym("IN_DONT_FOLLOW", 0x2000000), sym("IN_EXCL_UNLINK", 0x4000000),
	sym("IN_MASK_CREATE", 0x10000000), sym("IN_MASK_ADD", 0x20000000), sym("IN_ONESHOT", 0x80000000),
)
