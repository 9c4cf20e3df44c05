package recorder

import (
	"cmp"
	"slices"
	"strings"

	"github.com/weirsec/weir/schemas/eventpb"
)

// Ledger is the account of a recording.
type Ledger struct {
	// Events, Batches and Bytes are in the recording.
	Events, Batches uint64
	Bytes           int64
	// Unwanted events were not asked for; Late ones came after there was enough.
	Unwanted, Late uint64
	// Lost is what is missing, one entry for each stage, reason and event.
	Lost []*eventpb.Loss
}

// LostEvents returns how many events are missing.
func (l *Ledger) LostEvents() (n uint64) {
	for _, lost := range l.Lost {
		n += lost.Count
	}
	return n
}

// lose adds losses to the account.
func (l *Ledger) lose(list ...*eventpb.Loss) {
	l.Lost = merge(l.Lost, list)
}

// merge adds losses to others of their kind. It keeps none of those given, whose
// texts may be parts of a message.
func merge(into, list []*eventpb.Loss) []*eventpb.Loss {
	for _, lost := range list {
		at, known := slices.BinarySearchFunc(into, lost, func(a, b *eventpb.Loss) int {
			return cmp.Or(strings.Compare(a.Stage, b.Stage), strings.Compare(a.Reason, b.Reason), strings.Compare(a.Event, b.Event))
		})
		if !known {
			into = slices.Insert(into, at, &eventpb.Loss{
				Stage: strings.Clone(lost.Stage), Reason: strings.Clone(lost.Reason), Event: strings.Clone(lost.Event),
				Count: lost.Count, FirstTime: lost.FirstTime, LastTime: lost.LastTime,
			})
			continue
		}
		have := into[at]
		have.Count += lost.Count
		have.FirstTime, have.LastTime = min(have.FirstTime, lost.FirstTime), max(have.LastTime, lost.LastTime)
	}
	return into
}
