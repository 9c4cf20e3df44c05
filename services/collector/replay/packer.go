package replay

import (
	"fmt"
	"slices"

	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

// packedBytes is how large a raw batch of events should be at most: a broker
// takes 1 MiB from the start, and what the enricher adds must go in, too.
const packedBytes = 256 << 10

// Packer makes raw batches of decoded events. The zero Packer is ready; one
// goroutine may use it at a time.
type Packer struct{ encoder batch.Encoder }

// Pack returns the events as raw batches of the envelope, which is not kept:
// one batch, or more where one would be too large. All events must be of the
// envelope's node and boot. Losses go with the first batch; without events they
// are a batch of their own, whose number is the envelope's FirstSeq.
func (p *Packer) Pack(env *eventpb.Envelope, events []event.Event) ([]*eventpb.RawBatch, error) {
	if len(events) > 0 {
		env.FirstSeq = events[0].Seq
	}
	data, err := p.encoder.Encode(nil, env, events)
	if err != nil {
		return nil, fmt.Errorf("recording: pack events: %w", err)
	}
	if len(data) <= packedBytes || len(events) < 2 {
		return []*eventpb.RawBatch{wrap(env, data)}, nil
	}
	half := len(events) / 2
	first, err := p.Pack(env, events[:half])
	if err != nil {
		return nil, err
	}
	rest := &eventpb.Envelope{Node: env.Node, BootId: env.BootId, BootTime: env.BootTime}
	second, err := p.Pack(rest, events[half:])
	return slices.Concat(first, second), err
}

// wrap returns the raw batch of a message of events.
func wrap(env *eventpb.Envelope, events []byte) *eventpb.RawBatch {
	return &eventpb.RawBatch{
		Envelope: &eventpb.Envelope{
			Node: env.Node, BootId: env.BootId, FirstSeq: env.FirstSeq, Count: env.Count,
			MinTime: env.MinTime, MaxTime: env.MaxTime, BootTime: env.BootTime,
			Schema: record.SchemaEvents, Losses: env.Losses,
		},
		Events: events,
	}
}
