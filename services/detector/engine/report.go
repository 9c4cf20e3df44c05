package engine

// Report is what an Instance tells of one match.
type Report struct {
	// Data is the document that goes with the finding; nil for none.
	Data map[string]any
	// Events are the ids of all events that made the match, in their order and
	// with the event at hand last; nil where it is the only one. They are kept.
	Events []string
	// WindowStart is when the time began that the signature looked at, in Unix
	// nanoseconds; 0 where it looked at one event.
	WindowStart int64
}
