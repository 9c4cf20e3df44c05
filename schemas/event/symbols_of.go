package event

// spokenTable returns the table of an argument that the flat form puts into
// words, as Tracee's does, or nil. Names alone do not say enough: "flags" of open
// are not those of clone. Everything that is not here stays a number there,
// because signatures compare it with one.
func (e *Event) spokenTable(arg string) *symbols {
	switch event := e.Shape.Name; event {
	case "open", "openat", "openat2", "creat", "security_file_open":
		return fileArg(arg, &openFlags)
	case "mknod", "mknodat", "chmod", "fchmod", "fchmodat", "fchmodat2", "mkdir", "mkdirat", "security_inode_mknod",
		"sched_process_exec", "chmod_common":
		return fileArg(arg, nil)
	case "execveat":
		return named(arg, "flags", &execveatFlags)
	case "access", "faccessat":
		return named(arg, "mode", &accessModes)
	case "security_kernel_read_file", "security_post_read_file":
		return named(arg, "type", &readFileTypes)
	case "ptrace":
		return named(arg, "request", &ptraceRequests)
	case "clone":
		return named(arg, "flags", &cloneFlags)
	case "clone3":
		return named(arg, "flags", &namespaceFlags)
	case "prctl":
		return named(arg, "option", &prctlOptions)
	case "cap_capable":
		return named(arg, "cap", &capabilityNames)
	case "bpf", "security_bpf":
		return named(arg, "cmd", &bpfCommands)
	case "mem_prot_alert", "mmap", "mprotect", "pkey_mprotect", "security_mmap_file", "security_file_mprotect", "do_mmap":
		return memoryArg(event, arg)
	case "socket", "socketpair", "socketcall", "security_socket_create", "security_socket_connect", "socket_dup":
		return socketArg(arg)
	case "setsockopt", "getsockopt", "security_socket_setsockopt":
		return e.optionArg(arg)
	default:
		return nil
	}
}

// optionArg explains the options that all sockets have; those of one protocol
// stay numbers.
func (e *Event) optionArg(arg string) *symbols {
	switch arg {
	case "level":
		return &socketLevels
	case "optname":
		if level, ok := e.Int("level"); ok && level == solSocket {
			return &socketOptions
		}
	}
	return nil
}

func named(arg, name string, t *symbols) *symbols {
	if arg == name {
		return t
	}
	return nil
}

func fileArg(arg string, flags *symbols) *symbols {
	switch arg {
	case "flags":
		return flags
	case "mode", "inode_mode", "stdin_type":
		return &fileModes
	default:
		return nil
	}
}

func memoryArg(event, arg string) *symbols {
	switch arg {
	case "prot", "prev_prot", "reqprot":
		return &protections
	case "alert":
		return &protectionAlerts
	case "flags", "mmap_flags":
		if event == "mmap" || event == "security_mmap_file" || event == "do_mmap" {
			return &mappingFlags
		}
	}
	return nil
}

func socketArg(arg string) *symbols {
	switch arg {
	case "domain", "family":
		return &addressFamilies
	case "type":
		return &socketTypes
	case "call":
		return &socketCalls
	default:
		return nil
	}
}
