package analysis

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/recording"
)

// Outcome is what came of one piece of a recording.
type Outcome struct {
	// Bytes is how many bytes of input the piece had, Count how many events.
	Bytes, Count int
	// Lost is how many events are missing by what the recording itself tells.
	Lost uint64
	// Unit is what a record is: "line", "event" or "batch".
	Unit string
	// Invalid are the records that could not be read.
	Invalid []recording.Invalid
	// Findings and Faults are in the order of the events.
	Findings []Finding
	Faults   []Fault
	// Events are those of the piece, where Config.Keep asks for them.
	Events []event.Event
}

// Finding is a match, ready to be delivered.
type Finding struct {
	Detection finding.Detection
	// Text is what Config.Render made of it.
	Text []byte

	place     string
	signature *engine.Signature
	node      string
	// time is that of the event, windowStart when the window of a finding began
	// that looks at more than one, else 0.
	time, windowStart int64
}

// Fault is an evaluation that gave no answer, or a finding that could not be
// rendered.
type Fault struct {
	// Place is where the event stands, as "line 7".
	Place     string
	Signature *engine.Signature
	Err       error
	// Quarantined says that the signature was taken out for it: from here on,
	// nothing that it would find is found.
	Quarantined bool
}
