package replay

import (
	"errors"
	"io"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

// Ending returns batches that say of each node, after the last one, that it has
// nothing more to tell: whoever waits for more of a node goes on then. Batches
// of events that were decoded elsewhere need no such thing.
func Ending(from Batches) Batches { return &ending{Batches: from, known: map[machine]int{}} }

type ending struct {
	Batches
	// last has the envelope of the last batch of each node and boot, in the order
	// of the first ones; known their places.
	last  []*eventpb.Envelope
	known map[machine]int
	ended bool
}

// machine is one boot of a node.
type machine struct{ node, boot string }

// Next implements Batches.
func (e *ending) Next() (*eventpb.RawBatch, error) {
	if !e.ended {
		b, err := e.Batches.Next()
		if !errors.Is(err, io.EOF) {
			if err == nil {
				e.see(b.Envelope)
			}
			return b, err
		}
		e.ended = true
	}
	if len(e.last) == 0 {
		return nil, io.EOF
	}
	env := e.last[0]
	e.last = e.last[1:]
	return record.Silence(env, env.FirstSeq, env.MaxTime+int64(record.MaxHold)), nil
}

// see remembers where a node is.
func (e *ending) see(env *eventpb.Envelope) {
	if env.Schema != record.Schema || env.MaxTime == 0 {
		return
	}
	key := machine{env.Node, env.BootId}
	i, known := e.known[key]
	if !known {
		i = len(e.last)
		e.known[key] = i
		e.last = append(e.last, &eventpb.Envelope{Node: env.Node, BootId: env.BootId, BootTime: env.BootTime})
	}
	last := e.last[i]
	// Batches need not come in order.
	last.FirstSeq = max(last.FirstSeq, env.FirstSeq+uint64(max(env.Count, 1)))
	last.MaxTime = max(last.MaxTime, env.MaxTime)
}
