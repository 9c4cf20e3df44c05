package recorder

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

// takeEvents records a batch of events; first says that its losses count.
func (r *Recorder) takeEvents(data []byte, first bool) error {
	b, err := r.decoder.Decode(data)
	if err != nil {
		return err
	}
	if first {
		r.ledger.lose(b.Envelope.Losses...)
	}
	kept, left := r.choose(b.Events)
	if len(kept) < len(b.Events) {
		if data, err = r.encoder.Encode(nil, b.Envelope, kept); err != nil {
			return err
		}
	}
	return r.writePart(b.Envelope, data, kept, left)
}

// takePacked records a raw batch of events.
func (r *Recorder) takePacked(raw *eventpb.RawBatch) error {
	b, err := r.decoder.Decode(raw.Events)
	if err != nil {
		return err
	}
	kept, left := r.choose(b.Events)
	if len(kept) < len(b.Events) {
		if raw.Events, err = r.encoder.Encode(nil, b.Envelope, kept); err != nil {
			return err
		}
		raw.Envelope.Count = uint32(len(kept))
	}
	raw.Envelope.Schema = record.SchemaEvents
	data, err := raw.MarshalVT()
	if err != nil {
		return err
	}
	return r.writePart(raw.Envelope, data, kept, left)
}

// writePart writes what was chosen of a batch, if that says anything, and notes
// what came after there was enough.
func (r *Recorder) writePart(env *eventpb.Envelope, data []byte, kept []event.Event, left uint64) error {
	rest := part(env, env.FirstSeq)
	if len(kept) > 0 || len(env.Losses) > 0 && left == 0 && !r.over {
		if err := r.write(env, data, len(kept)); err != nil {
			return err
		}
		rest.Losses = nil
	}
	r.leave(rest, left)
	return nil
}

// choose returns the wanted events, and how many came after there was enough.
func (r *Recorder) choose(events []event.Event) (kept []event.Event, left uint64) {
	for i := range events {
		switch name := events[i].Name(); {
		case !r.wanted(name):
			r.ledger.Unwanted++
		case r.enough(name):
			left++
		default:
			kept = append(kept, events[i])
		}
	}
	return kept, left
}
