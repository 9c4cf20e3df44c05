package ledger

import (
	"strconv"
	"strings"

	"github.com/weirsec/weir/schemas/eventpb"
)

// Numbers numbers the messages of one origin in one partition of a stream. The
// zero value has not begun.
type Numbers struct {
	// Run names who numbers, Events is how many events it has put into messages.
	Run, Events uint64
}

// Number writes the numbers of the next message, which has Count events, into
// its envelope. A run that has not begun begins as begin, which must never have
// been used for this origin and partition before: the number of the message that
// is being handled, or a time.
func (n *Numbers) Number(env *eventpb.Envelope, begin uint64) {
	if n.Run == 0 {
		n.Run = begin
	}
	env.Run, env.EventsBefore = n.Run, n.Events
	n.Events += uint64(env.GetCount())
}

// Place is how far the messages of one origin in one partition have been read.
// The zero value has read nothing.
type Place struct{ Run, Events uint64 }

// Read notes that a message was read and returns how many events are missing
// before it. A message that comes again is missing nothing.
//
// Of a run that is new, all events before the message are missing, unless it is
// the first one that is read at all: then nobody can tell whether they were to
// be read here.
func (p *Place) Read(env *eventpb.Envelope) (missing uint64) {
	run, before, after := env.GetRun(), env.GetEventsBefore(), env.GetEventsBefore()+uint64(env.GetCount())
	switch {
	case run == 0:
		return 0
	case p.Run == 0:
	case p.Run != run:
		missing = before
	case before > p.Events:
		missing = before - p.Events
	case after < p.Events:
		return 0
	}
	p.Run, p.Events = run, after
	return missing
}

// redriven is in the id of a message that is published once more by an operator
// after a stage had given it up.
const redriven = "/redriven/"

// RedrivenID returns the id under which a message is published once more, that
// was the dead letter of that number.
func RedrivenID(id string, letter uint64) string {
	return id + redriven + strconv.FormatUint(letter, 10)
}

// Redriven reports whether a message's id says that it was given up before.
func Redriven(id string) bool { return strings.Contains(id, redriven) }
