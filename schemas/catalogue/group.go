package catalogue

// Group is what events are about.
type Group string

// The groups.
const (
	// Lifecycle events are what processes and containers are known by, and the
	// collector's own.
	Lifecycle Group = "lifecycle"
	// Derived events tell what an operation came to, whatever the syscall.
	Derived Group = "derived"
	// Packets events are messages on the network.
	Packets Group = "packets"
	// Processes, Files, Network and System are the ends of syscalls.
	Processes Group = "processes"
	Files     Group = "files"
	Network   Group = "network"
	System    Group = "kernel"
)

// Groups returns the groups in the order in which they are shown.
func Groups() []Group { return []Group{Lifecycle, Derived, Packets, Processes, Files, Network, System} }

// In returns the events of a group by name.
func In(g Group) []*Event {
	var events []*Event
	for _, e := range Sorted() {
		if e.Group == g {
			events = append(events, e)
		}
	}
	return events
}
