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
	// Began is when the run began, in Unix nanoseconds.
	Began int64
}

// Number writes the numbers of the next message, which has Count events, into
// its envelope. A run that has not begun begins as begin, which must never have
// been used for this origin and partition before: the number of the message that
// is being handled, or a time. It begins at at, in Unix nanoseconds: not later
// than its first message is stored.
func (n *Numbers) Number(env *eventpb.Envelope, begin uint64, at int64) {
	if n.Run == 0 {
		n.Run, n.Began = begin, at
	}
	n.Tell(env)
	n.Events += uint64(env.GetCount())
}

// Tell writes how far the numbers have come into the envelope of a message
// without events.
func (n *Numbers) Tell(env *eventpb.Envelope) {
	env.Run, env.EventsBefore, env.RunTime = n.Run, n.Events, n.Began
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
