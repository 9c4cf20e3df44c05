package catalogue

// nameSyscalls are the syscalls that change names, modes and owners of files, and mounts.
var nameSyscalls = []Event{
	{
		Type: Rename, ID: 82, Name: "rename", Class: Normal,
		Doc: "renames a file",
		Args: []Arg{
			{"oldpath", "const char*", Text}, {"newpath", "const char*", Text},
			{"dir_path", "const char*", dirPath(cwd)},
		},
		Syscall: numbers(82, -1, 38, 38), Derived: SecurityInodeRename, Path: "newpath",
		Techniques: []string{"T1036", "T1574"},
	},
	{
		Type: Renameat, ID: 264, Name: "renameat", Class: Normal,
		Doc: "renames a file",
		Args: []Arg{
			{"olddirfd", "int", Int32}, {"oldpath", "const char*", Text}, {"newdirfd", "int", Int32},
			{"newpath", "const char*", Text}, {"olddir_path", "const char*", dirPath(0)},
			{"newdir_path", "const char*", dirPath(2)},
		},
		Syscall: numbers(264, 38, 302, 329), Derived: SecurityInodeRename, Path: "newpath",
		Techniques: []string{"T1036", "T1574"},
	},
	{
		Type: Renameat2, ID: 316, Name: "renameat2", Class: Normal,
		Doc: "renames or exchanges files",
		Args: []Arg{
			{"olddirfd", "int", Int32}, {"oldpath", "const char*", Text}, {"newdirfd", "int", Int32},
			{"newpath", "const char*", Text}, {"flags", "unsigned int", Uint32},
			{"olddir_path", "const char*", dirPath(0)}, {"newdir_path", "const char*", dirPath(2)},
		},
		Syscall: numbers(316, 276, 353, 382), Derived: SecurityInodeRename, Path: "newpath",
		Techniques: []string{"T1036", "T1574"},
	},
	{
		Type: Unlink, ID: 87, Name: "unlink", Class: Normal,
		Doc:     "removes a name of a file",
		Args:    []Arg{{"pathname", "const char*", Text}, {"dir_path", "const char*", dirPath(cwd)}},
		Syscall: numbers(87, -1, 10, 10), Path: "pathname",
		Techniques: []string{"T1070.004"},
	},
	{
		Type: Unlinkat, ID: 263, Name: "unlinkat", Class: Normal,
		Doc: "removes a name of a file or a directory",
		Args: []Arg{
			{"dirfd", "int", Int32}, {"pathname", "const char*", Text}, {"flags", "int", Int32},
			{"dir_path", "const char*", dirPath(0)},
		},
		Syscall: numbers(263, 35, 301, 328), Path: "pathname",
		Techniques: []string{"T1070.004"},
	},
	{
		Type: Rmdir, ID: 84, Name: "rmdir", Class: Normal,
		Doc:     "removes a directory",
		Args:    []Arg{{"pathname", "const char*", Text}, {"dir_path", "const char*", dirPath(cwd)}},
		Syscall: numbers(84, -1, 40, 40), Path: "pathname",
		Techniques: []string{"T1070.004"},
	},
	{
		Type: Mkdir, ID: 83, Name: "mkdir", Class: Normal,
		Doc: "makes a directory",
		Args: []Arg{
			{"pathname", "const char*", Text}, {"mode", "mode_t", Uint32},
			{"dir_path", "const char*", dirPath(cwd)},
		},
		Syscall: numbers(83, -1, 39, 39), Path: "pathname",
		Techniques: []string{"T1564.001"},
	},
	{
		Type: Mkdirat, ID: 258, Name: "mkdirat", Class: Normal,
		Doc: "makes a directory",
		Args: []Arg{
			{"dirfd", "int", Int32}, {"pathname", "const char*", Text}, {"mode", "mode_t", Uint32},
			{"dir_path", "const char*", dirPath(0)},
		},
		Syscall: numbers(258, 34, 296, 323), Path: "pathname",
		Techniques: []string{"T1564.001"},
	},
	{
		Type: Link, ID: 86, Name: "link", Class: Normal,
		Doc: "gives a file another name",
		Args: []Arg{
			{"oldpath", "const char*", Text}, {"newpath", "const char*", Text},
			{"dir_path", "const char*", dirPath(cwd)},
		},
		Syscall: numbers(86, -1, 9, 9), Path: "oldpath",
		Techniques: []string{"T1036"},
	},
	{
		Type: Linkat, ID: 265, Name: "linkat", Class: Normal,
		Doc: "gives a file another name",
		Args: []Arg{
			{"olddirfd", "int", Int32}, {"oldpath", "const char*", Text}, {"newdirfd", "int", Int32},
			{"newpath", "const char*", Text}, {"flags", "unsigned int", Uint32},
			{"olddir_path", "const char*", dirPath(0)}, {"newdir_path", "const char*", dirPath(2)},
		},
		Syscall: numbers(265, 37, 303, 330), Path: "oldpath",
		Techniques: []string{"T1036"},
	},
	{
		Type: Symlink, ID: 88, Name: "symlink", Class: Normal,
		Doc: "makes a symbolic link",
		Args: []Arg{
			{"target", "const char*", Text}, {"linkpath", "const char*", Text},
			{"dir_path", "const char*", dirPath(cwd)},
		},
		Syscall: numbers(88, -1, 83, 83), Path: "target",
		Techniques: []string{"T1036"},
	},
	{
		Type: Symlinkat, ID: 266, Name: "symlinkat", Class: Normal,
		Doc: "makes a symbolic link",
		Args: []Arg{
			{"target", "const char*", Text}, {"newdirfd", "int", Int32}, {"linkpath", "const char*", Text},
			{"dir_path", "const char*", dirPath(1)},
		},
		Syscall: numbers(266, 36, 304, 331), Path: "target",
		Techniques: []string{"T1036"},
	},
	{
		Type: Chmod, ID: 90, Name: "chmod", Class: Normal,
		Doc: "changes the mode of a file",
		Args: []Arg{
			{"pathname", "const char*", Text}, {"mode", "mode_t", Uint32},
			{"dir_path", "const char*", dirPath(cwd)},
		},
		Syscall: numbers(90, -1, 15, 15), Path: "pathname",
		Techniques: []string{"T1222.002", "T1548.001"},
	},
	{
		Type: Fchmod, ID: 91, Name: "fchmod", Class: Normal,
		Doc:     "changes the mode of an open file",
		Args:    []Arg{{"fd", "int", Int32}, {"mode", "mode_t", Uint32}, {"path", "const char*", filePath(0)}},
		Syscall: numbers(91, 52, 94, 94), Path: "path",
		Techniques: []string{"T1222.002", "T1548.001"},
	},
	{
		Type: Fchmodat, ID: 268, Name: "fchmodat", Class: Normal,
		Doc: "changes the mode of a file",
		Args: []Arg{
			{"dirfd", "int", Int32}, {"pathname", "const char*", Text}, {"mode", "mode_t", Uint32},
			{"dir_path", "const char*", dirPath(0)},
		},
		Syscall: numbers(268, 53, 306, 333), Path: "pathname",
		Techniques: []string{"T1222.002", "T1548.001"},
	},
	{
		Type: Fchmodat2, ID: 452, Name: "fchmodat2", Class: Normal,
		Doc: "changes the mode of a file",
		Args: []Arg{
			{"dirfd", "int", Int32}, {"pathname", "const char*", Text}, {"mode", "mode_t", Uint32},
			{"flags", "unsigned int", Uint32}, {"dir_path", "const char*", dirPath(0)},
		},
		Syscall: numbers(452, 452, 452, 452), Path: "pathname",
		Techniques: []string{"T1222.002", "T1548.001"},
	},
	{
		Type: Chown, ID: 92, Name: "chown", Class: Normal,
		Doc: "changes the owner of a file",
		Args: []Arg{
			{"pathname", "const char*", Text}, {"owner", "uid_t", Uint32}, {"group", "gid_t", Uint32},
			{"dir_path", "const char*", dirPath(cwd)},
		},
		Syscall: numbers(92, -1, 182, 182).also(212, 212), Path: "pathname",
		Techniques: []string{"T1222.002"},
	},
	{
		Type: Lchown, ID: 94, Name: "lchown", Class: Normal,
		Doc: "changes the owner of a symbolic link",
		Args: []Arg{
			{"pathname", "const char*", Text}, {"owner", "uid_t", Uint32}, {"group", "gid_t", Uint32},
			{"dir_path", "const char*", dirPath(cwd)},
		},
		Syscall: numbers(94, -1, 16, 16).also(198, 198), Path: "pathname",
		Techniques: []string{"T1222.002"},
	},
	{
		Type: Fchown, ID: 93, Name: "fchown", Class: Normal,
		Doc: "changes the owner of an open file",
		Args: []Arg{
			{"fd", "int", Int32}, {"owner", "uid_t", Uint32}, {"group", "gid_t", Uint32},
			{"path", "const char*", filePath(0)},
		},
		Syscall: numbers(93, 55, 95, 95).also(207, 207), Path: "path",
		Techniques: []string{"T1222.002"},
	},
	{
		Type: Fchownat, ID: 260, Name: "fchownat", Class: Normal,
		Doc: "changes the owner of a file",
		Args: []Arg{
			{"dirfd", "int", Int32}, {"pathname", "const char*", Text}, {"owner", "uid_t", Uint32},
			{"group", "gid_t", Uint32}, {"flags", "int", Int32}, {"dir_path", "const char*", dirPath(0)},
		},
		Syscall: numbers(260, 54, 298, 325), Path: "pathname",
		Techniques: []string{"T1222.002"},
	},
	{
		Type: Mknod, ID: 133, Name: "mknod", Class: High,
		Doc: "makes a device, pipe or socket file",
		Args: []Arg{
			{"pathname", "const char*", Text}, {"mode", "mode_t", Uint32}, {"dev", "dev_t", Uint32},
			{"dir_path", "const char*", dirPath(cwd)},
		},
		Syscall: numbers(133, -1, 14, 14), Path: "pathname",
		Techniques: []string{"T1611"},
	},
	{
		Type: Mknodat, ID: 259, Name: "mknodat", Class: High,
		Doc: "makes a device, pipe or socket file",
		Args: []Arg{
			{"dirfd", "int", Int32}, {"pathname", "const char*", Text}, {"mode", "mode_t", Uint32},
			{"dev", "dev_t", Uint32}, {"dir_path", "const char*", dirPath(0)},
		},
		Syscall: numbers(259, 33, 297, 324), Path: "pathname",
		Techniques: []string{"T1611"},
	},
	{
		Type: Mount, ID: 165, Name: "mount", Class: High,
		Doc: "mounts a file system",
		Args: []Arg{
			{"source", "const char*", Text}, {"target", "const char*", Text},
			{"filesystemtype", "const char*", Text}, {"mountflags", "unsigned long", Uint64},
			{"data", "const void*", Uint64}, {"dir_path", "const char*", dirPath(cwd)},
		},
		Syscall: numbers(165, 40, 21, 21), Derived: SecuritySbMount, Path: "target",
		Techniques: []string{"T1611"},
	},
	{
		Type: Umount2, ID: 166, Name: "umount2", Class: High,
		Doc:     "unmounts a file system",
		Args:    []Arg{{"target", "const char*", Text}, {"flags", "int", Int32}, {"dir_path", "const char*", dirPath(cwd)}},
		Syscall: numbers(166, 39, 52, 52), Path: "target",
		Techniques: []string{"T1611"},
	},
	{
		Type: OpenTree, ID: 428, Name: "open_tree", Class: High,
		Doc: "takes hold of a mount",
		Args: []Arg{
			{"dfd", "int", Int32}, {"filename", "const char*", Text}, {"flags", "unsigned int", Uint32},
			{"dir_path", "const char*", dirPath(0)},
		},
		Syscall: numbers(428, 428, 428, 428), Path: "filename",
		Techniques: []string{"T1611"},
	},
	{
		Type: MoveMount, ID: 429, Name: "move_mount", Class: High,
		Doc: "puts a mount where it is to be seen",
		Args: []Arg{
			{"from_dfd", "int", Int32}, {"from_path", "const char*", Text}, {"to_dfd", "int", Int32},
			{"to_path", "const char*", Text}, {"flags", "unsigned int", Uint32},
			{"from_dir_path", "const char*", dirPath(0)}, {"to_dir_path", "const char*", dirPath(2)},
		},
		Syscall: numbers(429, 429, 429, 429), Path: "to_path",
		Techniques: []string{"T1611"},
	},
	{
		Type: Fsopen, ID: 430, Name: "fsopen", Class: High,
		Doc:     "begins to configure a file system",
		Args:    []Arg{{"fsname", "const char*", Text}, {"flags", "unsigned int", Uint32}},
		Syscall: numbers(430, 430, 430, 430), Path: "fsname",
		Techniques: []string{"T1611"},
	},
	{
		Type: Fsconfig, ID: 431, Name: "fsconfig", Class: High,
		Doc: "configures a file system",
		Args: []Arg{
			{"fs_fd", "int", Int32}, {"cmd", "unsigned int", Uint32}, {"key", "const char*", Text},
			{"value", "const void*", Uint64}, {"aux", "int", Int32},
		},
		Syscall: numbers(431, 431, 431, 431), Path: "key",
		Techniques: []string{"T1611"},
	},
	{
		Type: Fsmount, ID: 432, Name: "fsmount", Class: High,
		Doc:        "mounts a configured file system",
		Args:       []Arg{{"fsfd", "int", Int32}, {"flags", "unsigned int", Uint32}, {"ms_flags", "unsigned int", Uint32}},
		Syscall:    numbers(432, 432, 432, 432),
		Techniques: []string{"T1611"},
	},
}
