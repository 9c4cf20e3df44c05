package event

// tableOf returns the table that explains the numbers of an argument, or nil:
// besides those that the flat form speaks those that it leaves numbers.
func (e *Event) tableOf(arg string) *symbols {
	if t := e.spokenTable(arg); t != nil {
		return t
	}
	if e.Shape.Name == "socket" || e.Shape.Name == "socketpair" {
		return e.protocolArg(arg)
	}
	// A key of both is the one thing that needs no memory to look up by.
	return moreTables[eventArg{e.Shape.Name, arg}]
}

// protocolArg explains the protocols of the families that number them alike.
func (e *Event) protocolArg(arg string) *symbols {
	if arg != "protocol" {
		return nil
	}
	family, _ := e.Symbol("domain")
	switch family {
	case "AF_INET", "AF_INET6":
		return &ipProtocols
	case "AF_NETLINK":
		return &netlinkProtocols
	default:
		return nil
	}
}

type eventArg struct{ event, arg string }

// moreTables are the tables of arguments that the flat form leaves numbers.
var moreTables = map[eventArg]*symbols{
	{"kill", "sig"}: &signals, {"tkill", "sig"}: &signals, {"tgkill", "sig"}: &signals,
	{"pidfd_send_signal", "sig"}: &signals, {"sched_process_exit", "signal_code"}: &signals,
	{"pidfd_send_signal", "flags"}: &pidfdSignalFlags, {"pidfd_open", "flags"}: &pidfdFlags,
	{"unshare", "flags"}: &namespaceFlags, {"setns", "nstype"}: &namespaceFlags,
	{"personality", "persona"}: &personalities,
	{"seccomp", "operation"}:   &seccompOperations, {"seccomp", "flags"}: &seccompFlags,
	{"prlimit64", "resource"}: &resources,

	{"openat2", "resolve"}:  &resolveFlags,
	{"unlinkat", "flags"}:   &unlinkatFlags,
	{"linkat", "flags"}:     &pathFlags,
	{"fchownat", "flags"}:   &pathFlags,
	{"fchmodat2", "flags"}:  &pathFlags,
	{"renameat2", "flags"}:  &renameFlags,
	{"mount", "mountflags"}: &mountFlags, {"security_sb_mount", "flags"}: &mountFlags,
	{"umount2", "flags"}:    &unmountFlags,
	{"open_tree", "flags"}:  &openTreeFlags,
	{"move_mount", "flags"}: &moveMountFlags,
	{"fsopen", "flags"}:     &fsopenFlags,
	{"fsconfig", "cmd"}:     &fsconfigCommands,
	{"fsmount", "flags"}:    &fsmountFlags, {"fsmount", "ms_flags"}: &mountAttributes,
	{"dup3", "flags"}:              &descriptorFlags,
	{"fcntl", "cmd"}:               &fileCommands,
	{"pwritev2", "flags"}:          &writeFlags,
	{"memfd_create", "flags"}:      &memfdFlags,
	{"open_by_handle_at", "flags"}: &openFlags,
	{"fanotify_init", "flags"}:     &fanotifyFlags, {"fanotify_init", "event_f_flags"}: &openFlags,
	{"inotify_add_watch", "mask"}: &watchMasks,

	{"accept4", "flags"}: &descriptorSocketFlags, {"shutdown", "how"}: &shutdownModes,
	{"sendto", "flags"}: &messageFlags, {"sendmsg", "flags"}: &messageFlags, {"sendmmsg", "flags"}: &messageFlags,
	{"recvfrom", "flags"}: &messageFlags, {"recvmsg", "flags"}: &messageFlags,

	{"finit_module", "flags"}: &moduleFlags, {"delete_module", "flags"}: &descriptorFlags,
	{"kexec_load", "flags"}: &kexecFlags, {"kexec_file_load", "flags"}: &kexecFileFlags,
	{"userfaultfd", "flags"}: &faultFlags, {"perf_event_open", "flags"}: &perfFlags,
	{"keyctl", "operation"}: &keyOperations, {"syslog", "type"}: &logActions, {"reboot", "cmd"}: &rebootCommands,
	{"swapon", "swapflags"}: &swapFlags, {"clock_settime", "clockid"}: &clocks,
	{"io_uring_register", "opcode"}: &ringRegistrations, {"io_uring_submit", "opcode"}: &ringOperations,
}
