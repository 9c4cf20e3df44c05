package privilege

import (
	"strings"

	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// The capabilities that callers may ask to keep, as capabilities(7) names them.
const (
	BPF           = "CAP_BPF"
	SysPtrace     = "CAP_SYS_PTRACE"
	DACOverride   = "CAP_DAC_OVERRIDE"
	DACReadSearch = "CAP_DAC_READ_SEARCH"
)

// Phase is how far the collector has come.
type Phase int

// A capability is needed until the end of one of these.
const (
	// Attaching is until the kernel programs are loaded and attached.
	Attaching Phase = iota
	// Reading is until the processes that ran before are read.
	Reading
)

// String says it for a table.
func (p Phase) String() string {
	if p == Reading {
		return "until running processes are read"
	}
	return "until programs are attached"
}

// Capability is one right that the kernel grants a process.
type Capability struct {
	// Name is that of capabilities(7), "CAP_BPF".
	Name string
	// Required is true where nothing works without it.
	Required bool
	// Use is what it is for, Loss what is lost without it.
	Use, Loss string
	// Until is when it is given up.
	Until Phase

	value cap.Value
	// instead does as well.
	instead []cap.Value
	// before is the first kernel that does not ask for it; zero: all do.
	before release
}

// Table lists what the collector uses, in a fixed order: what is required
// first. docs/adr/0020-least-privilege.md says how each was found.
func Table() []Capability {
	const nothing = "nothing can be watched"
	admin := []cap.Value{cap.SYS_ADMIN}
	return []Capability{
		{
			Name: BPF, Required: true, Until: Attaching, value: cap.BPF, instead: admin,
			Use: "load programs into the kernel and make their maps", Loss: nothing,
		},
		{
			Name: "CAP_PERFMON", Required: true, Until: Attaching, value: cap.PERFMON, instead: admin,
			Use: "let the programs trace and read the kernel's memory", Loss: nothing,
		},
		{
			Name: SysPtrace, Until: Reading, value: cap.SYS_PTRACE,
			Use: "read the program and the namespaces of other users' processes that run already",
			Loss: "of processes that were there before Weir, program and namespaces are unknown; " +
				"where /proc is mounted with hidepid, so are the processes",
		},
		{
			Name: "CAP_NET_ADMIN", Until: Attaching, value: cap.NET_ADMIN,
			Use:  "let programs see the packets of every cgroup's sockets",
			Loss: "no DNS message is seen",
		},
		{
			Name: "CAP_SYSLOG", Until: Attaching, value: cap.SYSLOG,
			Use:  "see the kernel's addresses in /proc/kallsyms",
			Loss: "hooked_syscall and hooked_proc_fops, by which rootkits are found, are not observed",
		},
		{
			Name: "CAP_SYS_RESOURCE", Until: Attaching, value: cap.SYS_RESOURCE, before: release{5, 11},
			Use:  "lock memory for maps beyond the limit",
			Loss: "maps may not fit: set the limit for locked memory (LimitMEMLOCK=infinity)",
		},
	}
}

// name returns a capability as capabilities(7) writes it.
func name(v cap.Value) string { return strings.ToUpper(v.String()) }

// valueOf returns the capability of that name.
func valueOf(name string) (cap.Value, error) { return cap.FromName(strings.ToLower(name)) }
