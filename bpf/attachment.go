package bpf

// Attachment says for one event how it is observed, or why not.
type Attachment struct {
	// Event is the event's name, Hook where it is taken from: "sys_exit", "tp".
	Event, Hook string
	// Program is the kernel program that makes it.
	Program string
	// Attached is true where events of this kind can arrive now.
	Attached bool
	// Reason says what went wrong. It is "" where the event is attached, and
	// where it is off only because nobody is interested in it.
	Reason string
}

// program is one kernel program and the events that need it.
type program struct {
	name, hook string
	events     []string
	// onDemand programs are attached only while some event is wanted.
	onDemand bool
}

func programs() []program {
	return []program{
		{name: "weir_task_rename", hook: "tp"},
		{name: "weir_exec", hook: "tp", events: []string{"sched_process_exec"}},
		{name: "weir_fork", hook: "tp", events: []string{"sched_process_fork"}},
		{name: "weir_exit", hook: "tp", events: []string{"sched_process_exit"}},
		{name: "weir_cgroup_mkdir", hook: "tp", events: []string{"cgroup_mkdir"}},
		{name: "weir_cgroup_rmdir", hook: "tp", events: []string{"cgroup_rmdir"}},
		{name: "weir_sys_exit", hook: "sys_exit", events: syscallEvents(), onDemand: true},
	}
}
