package bpf

import "github.com/weirsec/weir/schemas/catalogue"

// program is one kernel program: where it sits and which event it makes there.
type program struct {
	name  string
	hook  catalogue.Hook
	event catalogue.Type
	// symbol is the function that a kprobe sits at.
	symbol string
	// always tells that it is attached from the start; others are where somebody
	// wants their event.
	always bool
	// since is the first kernel whose tracepoint hands over what the program
	// reads; zero for all.
	since release
}

// sysExit makes the events of syscalls and all derived ones without a better
// hook.
const sysExit = "weir_sys_exit"

// ringComplete makes the events of what an io_uring has opened or connected,
// where they have no hook of their own.
const ringComplete = "weir_uring_complete"

// programs lists them; those of one event in the order of preference. Those
// without an event help others.
func programs() []program {
	return []program{
		{name: "weir_task_rename", hook: catalogue.Tracepoint, always: true},
		{name: "weir_exec", hook: catalogue.Tracepoint, event: catalogue.SchedProcessExec, always: true},
		{name: "weir_fork", hook: catalogue.Tracepoint, event: catalogue.SchedProcessFork, always: true},
		{name: "weir_exit", hook: catalogue.Tracepoint, event: catalogue.SchedProcessExit, always: true},
		{name: "weir_cgroup_mkdir", hook: catalogue.Tracepoint, event: catalogue.CgroupMkdir, always: true},
		{name: "weir_cgroup_rmdir", hook: catalogue.Tracepoint, event: catalogue.CgroupRmdir, always: true},
		{name: sysExit, hook: catalogue.SysExit},

		{name: "weir_lsm_file_open", hook: catalogue.LSM, event: catalogue.SecurityFileOpen},
		{name: "weir_fentry_file_open", hook: catalogue.Fentry, event: catalogue.SecurityFileOpen},
		{name: "weir_kprobe_file_open", hook: catalogue.Kprobe, event: catalogue.SecurityFileOpen, symbol: "security_file_open"},
		{name: "weir_lsm_socket_connect", hook: catalogue.LSM, event: catalogue.SecuritySocketConnect},
		{name: "weir_fentry_socket_connect", hook: catalogue.Fentry, event: catalogue.SecuritySocketConnect},
		{name: "weir_kprobe_socket_connect", hook: catalogue.Kprobe, event: catalogue.SecuritySocketConnect, symbol: "security_socket_connect"},
		{name: "weir_lsm_bprm_check", hook: catalogue.LSM, event: catalogue.SecurityBprmCheck},
		{name: "weir_fentry_bprm_check", hook: catalogue.Fentry, event: catalogue.SecurityBprmCheck},
		{name: "weir_kprobe_bprm_check", hook: catalogue.Kprobe, event: catalogue.SecurityBprmCheck, symbol: "security_bprm_check"},
		{name: "weir_lsm_rename", hook: catalogue.LSM, event: catalogue.SecurityInodeRename},
		{name: "weir_fentry_rename", hook: catalogue.Fentry, event: catalogue.SecurityInodeRename},
		{name: "weir_kprobe_rename", hook: catalogue.Kprobe, event: catalogue.SecurityInodeRename, symbol: "security_path_rename"},
		{name: "weir_lsm_mount", hook: catalogue.LSM, event: catalogue.SecuritySbMount},
		{name: "weir_fentry_mount", hook: catalogue.Fentry, event: catalogue.SecuritySbMount},
		{name: "weir_kprobe_mount", hook: catalogue.Kprobe, event: catalogue.SecuritySbMount, symbol: "security_sb_mount"},
		{name: "weir_lsm_read_file", hook: catalogue.LSM, event: catalogue.SecurityKernelReadFile},
		{name: "weir_fentry_read_file", hook: catalogue.Fentry, event: catalogue.SecurityKernelReadFile},
		{name: "weir_kprobe_read_file", hook: catalogue.Kprobe, event: catalogue.SecurityKernelReadFile, symbol: "security_kernel_read_file"},
		{name: "weir_uring_submit_req", hook: catalogue.Tracepoint, event: catalogue.IoUringSubmit},
		{
			name: "weir_uring_submit_sqe", hook: catalogue.Tracepoint, event: catalogue.IoUringSubmit,
			since: release{major: 6, minor: 0},
		},
	}
}

// feeders note what a derived event needs to know from before its syscall's
// end: one of each list, the first that the kernel takes, is attached while the
// event is wanted.
func feeders() map[catalogue.Type][]program {
	return map[catalogue.Type][]program{
		catalogue.MemProtAlert: {
			{name: "weir_lsm_mprotect", hook: catalogue.LSM},
			{name: "weir_fentry_mprotect", hook: catalogue.Fentry},
			{name: "weir_kprobe_mprotect", hook: catalogue.Kprobe, symbol: "security_file_mprotect"},
			{name: "weir_enter_mprotect", hook: catalogue.Tracepoint},
		},
	}
}
