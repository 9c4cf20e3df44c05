package catalogue

// lifecycle are the events that processes and containers are known by, and the
// collector's own. All are of the priority ring.
var lifecycle = []Event{
	{
		Type: SchedProcessExec, ID: 1001, Name: "sched_process_exec", Class: Critical, Always: true,
		Doc: "a process has begun a program",
		Args: []Arg{
			{"cmdpath", "const char*", Kernel},
			{"pathname", "const char*", Kernel},
			{"dev", "dev_t", Kernel},
			{"inode", "unsigned long", Kernel},
			{"ctime", "unsigned long", Kernel},
			{"inode_mode", "umode_t", Kernel},
			{"interpreter_pathname", "const char*", Kernel},
			{"interp", "const char*", Kernel},
			{"argv", "const char**", Program},
			{"env", "const char**", Program},
			{"stdin_type", "umode_t", Kernel},
			{"stdin_path", "char*", Kernel},
			{"invoked_from_kernel", "int", Kernel},
			{"prev_comm", "const char*", Kernel},
			{"cwd", "const char*", Kernel},
			{"upper_layer", "bool", Kernel},
			{"memfd", "bool", Kernel},
			{"deleted", "bool", Kernel},
		},
		Hooks:      []Hook{Tracepoint},
		Techniques: []string{"T1059", "T1620", "T1036"},
	},
	{
		Type: SchedProcessFork, ID: 1002, Name: "sched_process_fork", Class: Critical, Always: true,
		Doc: "a thread or process was made",
		Args: []Arg{
			{"parent_tid", "int", Kernel},
			{"parent_ns_tid", "int", Kernel},
			{"parent_pid", "int", Kernel},
			{"parent_ns_pid", "int", Kernel},
			{"child_tid", "int", Kernel},
			{"child_ns_tid", "int", Kernel},
			{"child_pid", "int", Kernel},
			{"child_ns_pid", "int", Kernel},
			{"start_time", "unsigned long", Kernel},
		},
		Hooks: []Hook{Tracepoint},
	},
	{
		Type: SchedProcessExit, ID: 1003, Name: "sched_process_exit", Class: Critical, Always: true,
		Doc:   "a thread has ended",
		Args:  []Arg{{"exit_code", "long", Kernel}, {"process_group_exit", "bool", Kernel}, {"signal_code", "int", Kernel}},
		Hooks: []Hook{Tracepoint},
	},
	{
		Type: CgroupMkdir, ID: 1004, Name: "cgroup_mkdir", Class: Critical, Always: true,
		Doc:   "a cgroup was made",
		Args:  []Arg{{"cgroup_id", "u64", Kernel}, {"cgroup_path", "const char*", Kernel}, {"hierarchy_id", "u32", Kernel}},
		Hooks: []Hook{Tracepoint},
	},
	{
		Type: CgroupRmdir, ID: 1005, Name: "cgroup_rmdir", Class: Critical, Always: true,
		Doc:   "a cgroup was removed",
		Args:  []Arg{{"cgroup_id", "u64", Kernel}, {"cgroup_path", "const char*", Kernel}, {"hierarchy_id", "u32", Kernel}},
		Hooks: []Hook{Tracepoint},
	},
	{
		Type: ExistingProcess, ID: 1006, Name: "existing_process", Class: Critical, Always: true,
		Doc: "a process that was there before Weir",
		Args: []Arg{
			{"pathname", "const char*", Kernel},
			{"argv", "const char**", Texts},
			{"cgroup_path", "const char*", Kernel},
			{"start_time", "unsigned long", Kernel},
		},
		Hooks: []Hook{Procfs},
	},
	{
		Type: ExistingCgroup, ID: 1007, Name: "existing_cgroup", Class: Critical, Always: true,
		Doc:   "a cgroup that was there before Weir",
		Args:  []Arg{{"cgroup_id", "u64", Kernel}, {"cgroup_path", "const char*", Kernel}, {"hierarchy_id", "u32", Kernel}},
		Hooks: []Hook{Procfs},
	},
	{
		Type: EventFlood, ID: 1009, Name: "event_flood", Class: Critical, Always: true,
		Doc: "events of one process were held back because it made too many",
		Args: []Arg{
			{"pid", "pid_t", Kernel},
			{"suppressed", "unsigned long", Kernel},
			{"first_time", "unsigned long", Kernel},
			{"last_time", "unsigned long", Kernel},
		},
		Hooks:      []Hook{SysExit},
		Techniques: []string{"T1562.006"},
	},
	{
		Type: ContainerCreate, ID: 1110, Name: "container_create", Class: Critical, Always: true,
		Doc: "a container runtime has made a container", Args: containerArgs, Hooks: []Hook{Runtime},
	},
	{
		Type: ContainerRemove, ID: 1111, Name: "container_remove", Class: Critical, Always: true,
		Doc: "a container runtime has removed a container",
		Args: []Arg{
			{"runtime", "const char*", RuntimeAPI},
			{"container_id", "const char*", RuntimeAPI},
			{"container_name", "const char*", RuntimeAPI},
		},
		Hooks: []Hook{Runtime},
	},
	{
		Type: ExistingContainer, ID: 1112, Name: "existing_container", Class: Critical, Always: true,
		Doc:  "a container that was there before Weir, or of which something has changed",
		Args: containerArgs, Hooks: []Hook{Runtime},
	},
}

// containerArgs are what a runtime tells of a container; the first ten are
// Tracee's. ctime is when it was created and started_at when its program was
// started, Unix nanoseconds; pid is its first process on the host; 0 where the
// runtime does not tell.
var containerArgs = []Arg{
	{"runtime", "const char*", RuntimeAPI},
	{"container_id", "const char*", RuntimeAPI},
	{"ctime", "unsigned long", RuntimeAPI},
	{"container_image", "const char*", RuntimeAPI},
	{"container_image_digest", "const char*", RuntimeAPI},
	{"container_name", "const char*", RuntimeAPI},
	{"pod_name", "const char*", RuntimeAPI},
	{"pod_namespace", "const char*", RuntimeAPI},
	{"pod_uid", "const char*", RuntimeAPI},
	{"pod_sandbox", "bool", RuntimeAPI},
	{"labels", "map[string]string", RuntimeAPI},
	{"pod_labels", "map[string]string", RuntimeAPI},
	{"pid", "int", RuntimeAPI},
	{"started_at", "unsigned long", RuntimeAPI},
}
