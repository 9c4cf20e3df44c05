package event

// mountFlags are the flags of mount, those of the kernel's own included. The
// upper half may hold a magic number that means nothing any more.
var mountFlags = flagTable(
	part("MS_MGC_VAL", 0xc0ed0000, 0xffff0000), sym("MS_RDONLY", 0x1), sym("MS_NOSUID", 0x2), sym("MS_NODEV", 0x4),
	sym("MS_NOEXEC", 0x8), sym("MS_SYNCHRONOUS", 0x10), sym("MS_REMOUNT", 0x20), sym("MS_MANDLOCK", 0x40),
	sym("MS_DIRSYNC", 0x80), sym("MS_NOSYMFOLLOW", 0x100), sym("MS_NOATIME", 0x400), sym("MS_NODIRATIME", 0x800),
	sym("MS_BIND", 0x1000), sym("MS_MOVE", 0x2000), sym("MS_REC", 0x4000), sym("MS_SILENT", 0x8000),
	sym("MS_POSIXACL", 0x10000), sym("MS_UNBINDABLE", 0x20000), sym("MS_PRIVATE", 0x40000),
	sym("MS_SLAVE", 0x80000), sym("MS_SHARED", 0x100000), sym("MS_RELATIME", 0x200000),
	sym("MS_KERNMOUNT", 0x400000), sym("MS_I_VERSION", 0x800000), sym("MS_STRICTATIME", 0x1000000),
	sym("MS_LAZYTIME", 0x2000000),
)

// unmountFlags are the flags of umount2.
var unmountFlags = flagTable(
	sym("MNT_FORCE", 0x1), sym("MNT_DETACH", 0x2), sym("MNT_EXPIRE", 0x4), sym("UMOUNT_NOFOLLOW", 0x8),
)

// openTreeFlags are the flags of open_tree.
var openTreeFlags = flagTable(
	sym("OPEN_TREE_CLONE", 0x1), sym("OPEN_TREE_CLOEXEC", 0x80000), sym("AT_SYMLINK_NOFOLLOW", 0x100),
	sym("AT_NO_AUTOMOUNT", 0x800), sym("AT_EMPTY_PATH", 0x1000), sym("AT_RECURSIVE", 0x8000),
)

// moveMountFlags are the flags of move_mount, for where from and where to.
var moveMountFlags = flagTable(
	sym("MOVE_MOUNT_F_SYMLINKS", 0x1), sym("MOVE_MOUNT_F_AUTOMOUNTS", 0x2), sym("MOVE_MOUNT_F_EMPTY_PATH", 0x4),
	sym("MOVE_MOUNT_T_SYMLINKS", 0x10), sym("MOVE_MOUNT_T_AUTOMOUNTS", 0x20),
	sym("MOVE_MOUNT_T_EMPTY_PATH", 0x40), sym("MOVE_MOUNT_SET_GROUP", 0x100), sym("MOVE_MOUNT_BENEATH", 0x200),
)

// fsopenFlags and fsmountFlags are the flags of the two, mountAttributes how
// fsmount mounts.
var (
	fsopenFlags     = flagTable(sym("FSOPEN_CLOEXEC", 0x1))
	fsmountFlags    = flagTable(sym("FSMOUNT_CLOEXEC", 0x1))
	mountAttributes = flagTable(
		sym("MOUNT_ATTR_RDONLY", 0x1), sym("MOUNT_ATTR_NOSUID", 0x2), sym("MOUNT_ATTR_NODEV", 0x4),
		sym("MOUNT_ATTR_NOEXEC", 0x8), part("MOUNT_ATTR_NOATIME", 0x10, 0x70), part("MOUNT_ATTR_STRICTATIME", 0x20, 0x70),
		sym("MOUNT_ATTR_NODIRATIME", 0x80), sym("MOUNT_ATTR_IDMAP", 0x100000), sym("MOUNT_ATTR_NOSYMFOLLOW", 0x200000),
	)
)

// fsconfigCommands are what fsconfig does.
var fsconfigCommands = numbered(0, "FSCONFIG_",
	"SET_FLAG", "SET_STRING", "SET_BINARY", "SET_PATH", "SET_PATH_EMPTY", "SET_FD", "CMD_CREATE",
	"CMD_RECONFIGURE", "CMD_CREATE_EXCL",
)
