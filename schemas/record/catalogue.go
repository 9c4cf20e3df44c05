package record

import "github.com/weirsec/weir/schemas/event"

// scalar tells how a register becomes a value.
type scalar uint8

const (
	noScalar scalar = iota
	sInt            // 32 bits, signed
	sUint           // 32 bits
	sLong           // 64 bits, signed
	sPtr            // 64 bits
)

// entry describes one type of record.
type entry struct {
	shape *event.Shape
	// regs says how each register of a syscall is read; noScalar where the
	// argument comes with a TLV of its own.
	regs []scalar
}

// Shape returns what the decoder puts into Event.Shape for the type: always
// the same pointer. nil for an unknown type.
func (t Type) Shape() *event.Shape {
	if t >= maxType {
		return nil
	}
	return catalogue[t].shape
}

// shape makes a Shape of names and types in turn.
func shape(id int32, name string, args ...string) *event.Shape {
	s := &event.Shape{ID: id, Name: name}
	for i := 0; i+1 < len(args); i += 2 {
		s.Args = append(s.Args, event.ArgSpec{Name: args[i], Type: args[i+1]})
	}
	return s
}

// containerArgs are the names and types of what a runtime tells of a container.
// The first ten are Tracee's. ctime is when it was created and started_at when
// its program was started, Unix nanoseconds; pid is its first process on the
// host; 0 where the runtime does not tell.
func containerArgs() []string {
	return []string{
		"runtime", "const char*", "container_id", "const char*", "ctime", "unsigned long",
		"container_image", "const char*", "container_image_digest", "const char*", "container_name", "const char*",
		"pod_name", "const char*", "pod_namespace", "const char*", "pod_uid", "const char*", "pod_sandbox", "bool",
		"labels", "map[string]string", "pod_labels", "map[string]string", "pid", "int", "started_at", "unsigned long",
	}
}

// catalogue is every type of record. It is never written to after this.
// Syscalls have their x86-64 number as id, other events one from 1000 on.
var catalogue = [maxType]entry{
	TypeExec: {shape: shape(
		1001, "sched_process_exec",
		"cmdpath", "const char*", "pathname", "const char*", "dev", "dev_t", "inode", "unsigned long",
		"ctime", "unsigned long", "inode_mode", "umode_t", "interpreter_pathname", "const char*",
		"interp", "const char*", "argv", "const char**", "env", "const char**", "stdin_type", "umode_t",
		"stdin_path", "const char*", "invoked_from_kernel", "int", "prev_comm", "const char*",
		"cwd", "const char*",
	)},
	TypeFork: {shape: shape(
		1002, "sched_process_fork",
		"parent_tid", "int", "parent_ns_tid", "int", "parent_pid", "int", "parent_ns_pid", "int",
		"child_tid", "int", "child_ns_tid", "int", "child_pid", "int", "child_ns_pid", "int",
		"start_time", "unsigned long",
	)},
	TypeExit: {shape: shape(
		1003, "sched_process_exit",
		"exit_code", "long", "process_group_exit", "bool", "signal_code", "int",
	)},
	TypeCgroupMkdir: {shape: shape(
		1004, "cgroup_mkdir",
		"cgroup_id", "u64", "cgroup_path", "const char*", "hierarchy_id", "u32",
	)},
	TypeCgroupRmdir: {shape: shape(
		1005, "cgroup_rmdir",
		"cgroup_id", "u64", "cgroup_path", "const char*", "hierarchy_id", "u32",
	)},
	TypeExistingProcess: {shape: shape(
		1006, "existing_process",
		"pathname", "const char*", "argv", "const char**", "cgroup_path", "const char*", "start_time", "unsigned long",
	)},
	TypeExistingCgroup: {shape: shape(
		1007, "existing_cgroup",
		"cgroup_id", "u64", "cgroup_path", "const char*", "hierarchy_id", "u32",
	)},
	TypeContainerCreate:   {shape: shape(1110, "container_create", containerArgs()...)},
	TypeExistingContainer: {shape: shape(1112, "existing_container", containerArgs()...)},
	TypeContainerRemove: {shape: shape(
		1111, "container_remove",
		"runtime", "const char*", "container_id", "const char*", "container_name", "const char*",
	)},
	TypeOpen: {
		shape(2, "open", "pathname", "const char*", "flags", "int", "mode", "mode_t"),
		[]scalar{noScalar, sInt, sUint},
	},
	TypeOpenat: {
		shape(257, "openat", "dirfd", "int", "pathname", "const char*", "flags", "int", "mode", "mode_t"),
		[]scalar{sInt, noScalar, sInt, sUint},
	},
	TypeOpenat2: {
		shape(437, "openat2",
			"dirfd", "int", "pathname", "const char*", "how", "struct open_how*", "size", "unsigned long",
			"flags", "unsigned long", "mode", "unsigned long", "resolve", "unsigned long"),
		[]scalar{sInt, noScalar, sPtr, sPtr},
	},
	TypeCreat: {
		shape(85, "creat", "pathname", "const char*", "mode", "mode_t"),
		[]scalar{noScalar, sUint},
	},
	TypeSecurityFileOpen: {shape: shape(
		1010, "security_file_open",
		"pathname", "const char*", "flags", "int", "dev", "dev_t", "inode", "unsigned long",
		"ctime", "unsigned long", "syscall_pathname", "const char*",
	)},
	TypeExecve: {
		shape(59, "execve", "pathname", "const char*", "argv", "const char*const*", "envp", "const char*const*"),
		[]scalar{noScalar, noScalar, noScalar},
	},
	TypeExecveat: {
		shape(322, "execveat", "dirfd", "int", "pathname", "const char*", "argv", "const char*const*",
			"envp", "const char*const*", "flags", "int"),
		[]scalar{sInt, noScalar, noScalar, noScalar, sInt},
	},
	TypeConnect: {
		shape(42, "connect", "sockfd", "int", "addr", "struct sockaddr*", "addrlen", "int"),
		[]scalar{sInt, noScalar, sInt},
	},
	TypeSecuritySocketConnect: {shape: shape(
		1011, "security_socket_connect",
		"sockfd", "int", "type", "int", "remote_addr", "struct sockaddr*",
	)},
	TypePtrace: {
		shape(101, "ptrace", "request", "long", "pid", "pid_t", "addr", "void*", "data", "void*"),
		[]scalar{sLong, sInt, sPtr, sPtr},
	},
}

// syscallName returns the name of an x86-64 syscall that headers may hold.
func syscallName(number int32) string {
	switch number {
	case 2:
		return "open"
	case 42:
		return "connect"
	case 56:
		return "clone"
	case 57:
		return "fork"
	case 58:
		return "vfork"
	case 59:
		return "execve"
	case 60:
		return "exit"
	case 83:
		return "mkdir"
	case 84:
		return "rmdir"
	case 85:
		return "creat"
	case 101:
		return "ptrace"
	case 231:
		return "exit_group"
	case 257:
		return "openat"
	case 258:
		return "mkdirat"
	case 263:
		return "unlinkat"
	case 322:
		return "execveat"
	case 435:
		return "clone3"
	case 437:
		return "openat2"
	default:
		return ""
	}
}
