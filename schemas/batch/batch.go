package batch

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// Version is the version of the layout that Encoder writes and Decoder reads.
const Version = 1

// Batch is a decoded message: events of one node, in the sender's order.
type Batch struct {
	// Envelope says where the batch comes from; never nil.
	Envelope *eventpb.Envelope
	// Events share contexts, shapes and processes by pointer.
	Events []event.Event
}

// The numbers that stand for kinds of values on the wire are those of package
// event; this is the highest one that Decoder knows.
const maxKind = event.KindJSON
