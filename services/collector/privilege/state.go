package privilege

// State is whether this process has a capability.
type State string

// The states, as tables and JSON show them.
const (
	Held    State = "held"
	Missing State = "missing"
	// NotNeeded is a capability that this kernel does not ask for.
	NotNeeded State = "not needed"
)

// Row is a capability and whether this process has it.
type Row struct {
	Capability
	State State
	// As names the stronger capability that is held in its place, or is "".
	As string
}
