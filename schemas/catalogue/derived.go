package catalogue

// derived are the events that tell what an operation came to, whatever the
// syscall: made at the kernel's own decision points where it lets programs in,
// else of the syscall's end.
var derived = []Event{
	{
		Type: SecurityFileOpen, ID: 1010, Name: "security_file_open", Class: Normal,
		Doc: "a file was opened",
		Args: []Arg{
			{"pathname", "const char*", HookOrDescriptor},
			{"flags", "int", HookOrDescriptor},
			{"dev", "dev_t", HookOrDescriptor},
			{"inode", "unsigned long", HookOrDescriptor},
			{"ctime", "unsigned long", HookOrDescriptor},
			{"syscall_pathname", "const char*", HookOrMemory},
			{"names_differ", "bool", HookOrMemory},
		},
		Hooks: []Hook{LSM, Fentry, Kprobe, SysExit}, Path: "pathname",
	},
	{
		Type: SecuritySocketConnect, ID: 1011, Name: "security_socket_connect", Class: Normal,
		Doc: "a socket is connected",
		Args: []Arg{
			{"sockfd", "int", Kernel},
			{"type", "int", HookOrDescriptor},
			{"remote_addr", "struct sockaddr*", HookOrMemory},
		},
		Hooks: []Hook{LSM, Fentry, Kprobe, SysExit}, Techniques: []string{"T1071", "T1059.004"},
	},
	{
		Type: SecurityBprmCheck, ID: 1012, Name: "security_bprm_check", Class: High,
		Doc: "a program is about to be executed",
		Args: []Arg{
			{"pathname", "const char*", Kernel},
			{"dev", "dev_t", Kernel},
			{"inode", "unsigned long", Kernel},
			{"argv", "const char*const*", Texts},
			{"envp", "const char*const*", Texts},
		},
		Hooks: []Hook{LSM, Fentry, Kprobe, Tracepoint}, Path: "pathname", Techniques: []string{"T1059", "T1190"},
	},
	{
		Type: SecurityInodeRename, ID: 1013, Name: "security_inode_rename", Class: Normal,
		Doc:   "a file is renamed",
		Args:  []Arg{{"old_path", "const char*", HookOrMemory}, {"new_path", "const char*", HookOrMemory}},
		Hooks: []Hook{LSM, Fentry, Kprobe, SysExit}, Path: "new_path", Techniques: []string{"T1036", "T1574"},
	},
	{
		Type: SecuritySbMount, ID: 1014, Name: "security_sb_mount", Class: High,
		Doc: "a file system is mounted",
		Args: []Arg{
			{"dev_name", "const char*", HookOrMemory},
			{"path", "const char*", HookOrMemory},
			{"type", "const char*", HookOrMemory},
			{"flags", "unsigned long", Kernel},
		},
		Hooks: []Hook{LSM, Fentry, Kprobe, SysExit}, Path: "dev_name", Techniques: []string{"T1611"},
	},
	{
		Type: SecurityKernelReadFile, ID: 1015, Name: "security_kernel_read_file", Class: High,
		Doc: "the kernel reads a file for itself: a module, firmware, another kernel; also for a load that is refused, which a syscall's end tells by its result",
		Args: []Arg{
			{"pathname", "const char*", HookOrDescriptor},
			{"dev", "dev_t", HookOrDescriptor},
			{"inode", "unsigned long", HookOrDescriptor},
			{"type", "int", Kernel},
			{"ctime", "unsigned long", HookOrDescriptor},
		},
		Hooks: []Hook{LSM, Fentry, Kprobe, SysExit}, Path: "pathname", Techniques: []string{"T1547.006"},
	},
	{
		Type: MemProtAlert, ID: 1016, Name: "mem_prot_alert", Class: High,
		Doc: "memory that is or was written becomes executable",
		Args: []Arg{
			{"alert", "u32", Kernel},
			{"addr", "void*", Kernel},
			{"len", "size_t", Kernel},
			{"prot", "int", Kernel},
			{"prev_prot", "int", Kernel},
			{"pathname", "const char*", HookOrDescriptor},
			{"dev", "dev_t", HookOrDescriptor},
			{"inode", "unsigned long", HookOrDescriptor},
			{"ctime", "u64", HookOrDescriptor},
		},
		Hooks: []Hook{LSM, Fentry, SysExit}, Techniques: []string{"T1027.002", "T1055"},
	},
	{
		Type: MagicWrite, ID: 1017, Name: "magic_write", Class: Normal,
		Doc: "the first bytes of a file were written",
		Args: []Arg{
			{"pathname", "const char*", Descriptor},
			{"bytes", "bytes", Buffer},
			{"dev", "dev_t", Descriptor},
			{"inode", "unsigned long", Descriptor},
		},
		Hooks: []Hook{SysExit}, Path: "pathname", Techniques: []string{"T1036", "T1564.001"},
	},
	{
		Type: SocketDup, ID: 1018, Name: "socket_dup", Class: High,
		Doc:   "a socket has another file descriptor",
		Args:  []Arg{{"oldfd", "int", Kernel}, {"newfd", "int", Kernel}, {"remote_addr", "struct sockaddr*", Descriptor}},
		Hooks: []Hook{SysExit}, Techniques: []string{"T1059.004"},
	},
	{
		Type: HookedSyscall, ID: 1019, Name: "hooked_syscall", Class: High,
		Doc: "a syscall leads out of the kernel's own code; found by looking at what it has, not when it happened",
		Args: []Arg{
			{"syscall", "const char*", Kernel},
			{"address", "const char*", Kernel},
			{"function", "const char*", Kernel},
			{"owner", "const char*", Kernel},
		},
		Hooks: []Hook{Iterator}, Techniques: []string{"T1014"},
	},
	{
		Type: HookedProcFops, ID: 1020, Name: "hooked_proc_fops", Class: High,
		Doc:   "a directory of /proc is listed by other code than the kernel's own; found by looking at it",
		Args:  []Arg{{"hooked_fops_pointers", "[]trace.HookedSymbolData", Kernel}, {"pathname", "const char*", Kernel}},
		Hooks: []Hook{Iterator}, Techniques: []string{"T1014", "T1564.001"},
	},
	{
		Type: IoUringSubmit, ID: 1021, Name: "io_uring_submit", Class: Normal,
		Doc: "an operation was handed to the kernel through a ring, past every syscall",
		Args: []Arg{
			{"opcode", "u8", Kernel},
			{"operation", "const char*", Kernel},
			{"flags", "u32", Kernel},
			{"user_data", "u64", Kernel},
			{"fd", "int", Kernel},
			{"pathname", "const char*", Kernel},
		},
		Hooks: []Hook{Tracepoint}, Path: "pathname", Techniques: []string{"T1562"},
	},
}
