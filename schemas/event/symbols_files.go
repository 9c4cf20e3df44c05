package event

// openFlags are the flags of open and its kin, with their x86-64 values.
var openFlags = symbols{flags: true, list: []symbol{
	{"O_RDONLY", 0x0, 0x3},
	{"O_WRONLY", 0x1, 0x3},
	{"O_RDWR", 0x2, 0x3},
	{"O_CREAT", 0x40, 0},
	{"O_EXCL", 0x80, 0},
	{"O_NOCTTY", 0x100, 0},
	{"O_TRUNC", 0x200, 0},
	{"O_APPEND", 0x400, 0},
	{"O_NONBLOCK", 0x800, 0},
	{"O_SYNC", 0x101000, 0},
	{"O_DSYNC", 0x1000, 0},
	{"FASYNC", 0x2000, 0},
	{"O_DIRECT", 0x4000, 0},
	{"O_LARGEFILE", 0x8000, 0},
	{"O_TMPFILE", 0x410000, 0},
	{"O_DIRECTORY", 0x10000, 0},
	{"O_NOFOLLOW", 0x20000, 0},
	{"O_NOATIME", 0x40000, 0},
	{"O_CLOEXEC", 0x80000, 0},
	{"O_PATH", 0x200000, 0},
}}

// fileModes are the type and the permissions of an inode.
var fileModes = symbols{flags: true, list: []symbol{
	{"S_IFSOCK", 0xc000, 0xf000},
	{"S_IFLNK", 0xa000, 0xf000},
	{"S_IFREG", 0x8000, 0xf000},
	{"S_IFBLK", 0x6000, 0xf000},
	{"S_IFDIR", 0x4000, 0xf000},
	{"S_IFCHR", 0x2000, 0xf000},
	{"S_IFIFO", 0x1000, 0xf000},
	{"S_IRWXU", 0x1c0, 0},
	{"S_IRUSR", 0x100, 0},
	{"S_IWUSR", 0x80, 0},
	{"S_IXUSR", 0x40, 0},
	{"S_IRWXG", 0x38, 0},
	{"S_IRGRP", 0x20, 0},
	{"S_IWGRP", 0x10, 0},
	{"S_IXGRP", 0x8, 0},
	{"S_IRWXO", 0x7, 0},
	{"S_IROTH", 0x4, 0},
	{"S_IWOTH", 0x2, 0},
	{"S_IXOTH", 0x1, 0},
	{"S_ISUID", 0x800, 0},
	{"S_ISGID", 0x400, 0},
	{"S_ISVTX", 0x200, 0},
}}

// accessModes are what access asks for.
var accessModes = symbols{flags: true, list: []symbol{
	{"F_OK", 0x0, 0}, {"R_OK", 0x4, 0}, {"W_OK", 0x2, 0}, {"X_OK", 0x1, 0},
}}

// execveatFlags are the flags of execveat.
var execveatFlags = symbols{flags: true, list: []symbol{
	{"AT_SYMLINK_NOFOLLOW", 0x100, 0}, {"AT_EMPTY_PATH", 0x1000, 0},
}}

// readFileTypes are what the kernel reads a file for.
var readFileTypes = numbered(0, "",
	"unknown", "firmware", "kernel-module", "kexec-image", "kexec-initramfs", "security-policy",
	"x509-certificate",
)
