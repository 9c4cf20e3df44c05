package engine

import (
	"strconv"

	"github.com/weirsec/weir/schemas/event"
)

// Match says that a signature fired.
type Match struct {
	Signature *Signature
	// Event is what it fired on: the event that was evaluated, or one that was
	// made of another signature's finding. It is valid as long as the match.
	Event *event.Event
	// Data is the document that the signature returned, nil for none.
	Data map[string]any
	// Ordinal counts the matches of this signature on Event from 0.
	Ordinal int
	// Events and WindowStart are those of the Report. Where Event was made of
	// a finding, and the Report says nothing else, they are the finding's: the
	// ids are always those of events from the stream.
	Events      []string
	WindowStart int64
	// Cause is empty for a match on an event from the stream. Otherwise it
	// names what the event was made of, so that the findings of one signature
	// on several findings about one event have ids of their own.
	Cause string

	// depth is how many findings lie between Event and the stream.
	depth int
}

// Version is what a finding's id takes as the signature's version: the
// version as it is, or made different where the same signature fires more than
// once on an event, or two signatures have one id.
func (m Match) Version() string {
	version := m.Signature.Metadata.Version
	if m.Signature.Variant != "" {
		version += "+" + m.Signature.Variant
	}
	if m.Ordinal > 0 {
		version += "+match." + strconv.Itoa(m.Ordinal)
	}
	if m.Cause != "" {
		version += "+of." + m.Cause
	}
	return version
}
