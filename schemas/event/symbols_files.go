package event

// openFlags are the flags of open and its kin, with their x86-64 values.
var openFlags = flagTable(
	part("O_RDONLY", 0x0, 0x3), part("O_WRONLY", 0x1, 0x3), part("O_RDWR", 0x2, 0x3), sym("O_CREAT", 0x40),
	sym("O_EXCL", 0x80), sym("O_NOCTTY", 0x100), sym("O_TRUNC", 0x200), sym("O_APPEND", 0x400),
	sym("O_NONBLOCK", 0x800), sym("O_SYNC", 0x101000), sym("O_DSYNC", 0x1000), sym("FASYNC", 0x2000),
	sym("O_DIRECT", 0x4000), sym("O_LARGEFILE", 0x8000), sym("O_TMPFILE", 0x410000),
	sym("O_DIRECTORY", 0x10000), sym("O_NOFOLLOW", 0x20000), sym("O_NOATIME", 0x40000),
	sym("O_CLOEXEC", 0x80000), sym("O_PATH", 0x200000),
)

// fileModes are the type and the permissions of an inode.
var fileModes = flagTable(
	part("S_IFSOCK", 0xc000, 0xf000), part("S_IFLNK", 0xa000, 0xf000), part("S_IFREG", 0x8000, 0xf000),
	part("S_IFBLK", 0x6000, 0xf000), part("S_IFDIR", 0x4000, 0xf000), part("S_IFCHR", 0x2000, 0xf000),
	part("S_IFIFO", 0x1000, 0xf000), sym("S_IRWXU", 0x1c0), sym("S_IRUSR", 0x100), sym("S_IWUSR", 0x80),
	sym("S_IXUSR", 0x40), sym("S_IRWXG", 0x38), sym("S_IRGRP", 0x20), sym("S_IWGRP", 0x10),
	sym("S_IXGRP", 0x8), sym("S_IRWXO", 0x7), sym("S_IROTH", 0x4), sym("S_IWOTH", 0x2), sym("S_IXOTH", 0x1),
	sym("S_ISUID", 0x800), sym("S_ISGID", 0x400), sym("S_ISVTX", 0x200),
)

// accessModes are what access asks for.
var accessModes = flagTable(
	sym("F_OK", 0x0), sym("R_OK", 0x4), sym("W_OK", 0x2), sym("X_OK", 0x1),
)

// execveatFlags are the flags of execveat.
var execveatFlags = flagTable(
	sym("AT_SYMLINK_NOFOLLOW", 0x100), sym("AT_EMPTY_PATH", 0x1000),
)

// readFileTypes are what the kernel reads a file for.
var readFileTypes = numbered(0, "",
	"unknown", "firmware", "kernel-module", "kexec-image", "kexec-initramfs", "security-policy",
	"x509-certificate",
)
