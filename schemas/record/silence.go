package record

import (
	"time"

	"github.com/weirsec/weir/schemas/eventpb"
)

// MaxHold is the longest time for which a reader of WEIR_RAW may hold back
// events until it knows more about them. It is measured by the times in the
// stream: who has nothing to tell for a while, or ends, must say so by Silence.
const MaxHold = 30 * time.Second

// Silence returns a batch without events and losses: all that the node has to
// tell of the time until upTo, in Unix nanoseconds, has been told. seq is the
// number of its next event. A node that will tell nothing any more goes up to
// MaxHold after its last event.
func Silence(of *eventpb.Envelope, seq uint64, upTo int64) *eventpb.RawBatch {
	return &eventpb.RawBatch{Envelope: &eventpb.Envelope{
		Node: of.Node, BootId: of.BootId, BootTime: of.BootTime, Schema: Schema,
		FirstSeq: seq, MinTime: min(of.MaxTime, upTo), MaxTime: upTo,
	}}
}

// Silent reports whether a batch is one that Silence makes.
func Silent(env *eventpb.Envelope) bool { return env.Count == 0 && len(env.Losses) == 0 }
