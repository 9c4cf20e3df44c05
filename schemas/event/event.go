package event

import "strconv"

// Origins of an event, as a selector names them (Tracee's words).
const (
	// OriginHost marks an event of a process outside any container.
	OriginHost = "host"
	// OriginContainer marks an event of a container whose own process runs.
	OriginContainer = "container"
	// OriginContainerInit marks an event of a container that the runtime is
	// still setting up: in its cgroup, but before its own program is executed.
	OriginContainerInit = "container-init"
)

// Event is one observation. It is immutable once a stage has published it:
// events of one thread share their Context, events of one kind their Shape.
type Event struct {
	// Seq numbers the event on its node since boot. It grows strictly, with
	// gaps where the collector restarted.
	Seq uint64
	// Time is the kernel's time of the event in Unix nanoseconds.
	Time int64
	// Shape is the event's kind: its name and the names and types of its
	// arguments. Never nil.
	Shape *Shape
	// Values holds one value for each argument of Shape, in its order.
	Values []Value
	// ReturnValue is the syscall's result, or 0 where there is none.
	ReturnValue int64
	// CPU is the processor the event happened on.
	CPU uint32
	// Compat marks a 32-bit syscall on a 64-bit kernel.
	Compat bool
	// Syscall is the name of the syscall the thread was in, or "".
	Syscall string
	// Hook is where the event was observed: "sys_exit", "tp", "lsm",
	// "fentry", "kprobe", "cgroup_skb", "procfs", "runtime" or "replay".
	Hook string
	// DNS tells the names of the remote address; nil where the event has none or
	// where nobody looked at DNS.
	DNS *DNS
	// Context holds the facts about the thread. Never nil.
	Context *Context
	// Extra holds what only imported events and findings carry; often nil.
	Extra *Extra
}

// Extra holds the rarely used keys of the flat JSON form.
type Extra struct {
	MatchedPolicies []string
	StackAddresses  []uint64
	// Metadata is the JSON object of that key as it was, or nil.
	Metadata []byte
}

// ID returns the event's identity, "node/boot id/sequence number". It is the
// same in every replay.
func (e *Event) ID() string {
	c := e.Context
	return c.Node + "/" + c.BootID + "/" + strconv.FormatUint(e.Seq, 10)
}

// Name returns the event's name.
func (e *Event) Name() string { return e.Shape.Name }

// Origin tells where the event comes from: OriginHost, OriginContainer or
// OriginContainerInit.
func (e *Event) Origin() string {
	switch {
	case e.Context.ContainerStarted:
		return OriginContainer
	case e.Context.Container.ID != "":
		return OriginContainerInit
	default:
		return OriginHost
	}
}

// Arg returns the first argument of that name, raw, and whether there is one.
func (e *Event) Arg(name string) (Value, bool) {
	for i := range e.Shape.Args {
		if e.Shape.Args[i].Name == name && i < len(e.Values) {
			return e.Values[i], true
		}
	}
	return Value{}, false
}
