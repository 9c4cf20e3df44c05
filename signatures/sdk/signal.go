package sdk

// Signal tells of something that is no event.
type Signal struct {
	// Kind is what happened.
	Kind SignalKind
	// Source is the source of events that it happened to, such as "tracee".
	Source string
}

// SignalKind is a kind of Signal.
type SignalKind string

// SourceComplete says that a source has no more events: the end of a recording.
const SourceComplete SignalKind = "source_complete"

// SignalReceiver is a Signature that wants to hear of signals.
type SignalReceiver interface {
	Signature
	// OnSignal may report: its findings belong to the last event of the source
	// that the signature saw.
	OnSignal(c *Context, s Signal) error
}
