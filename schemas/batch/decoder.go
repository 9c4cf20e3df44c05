package batch

import (
	"fmt"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// Decoder reads batches. It keeps its messages between calls; one goroutine
// may use it at a time. The zero Decoder is ready.
type Decoder struct {
	msg eventpb.Batch
}

// Decode reads one message. The batch is the caller's and is not touched by
// later calls, but its texts are parts of data, which must therefore stay as it
// is for as long as the batch, or any text of it, is in use. Memory is taken in
// a few pieces for the whole batch: to keep one event for long, clone it.
func (d *Decoder) Decode(data []byte) (*Batch, error) {
	defer d.release()
	if err := d.msg.UnmarshalVTUnsafe(data); err != nil {
		return nil, fmt.Errorf("batch: not a protobuf message: %w", err)
	}
	env := d.msg.Envelope
	switch {
	case env == nil:
		return nil, fmt.Errorf("batch: no envelope")
	case env.Schema != Version:
		return nil, fmt.Errorf("batch: layout version %d, this program knows %d", env.Schema, Version)
	case int(env.Count) != len(d.msg.Events):
		return nil, fmt.Errorf("batch: %d events, the envelope says %d", len(d.msg.Events), env.Count)
	}
	t := tables{msg: &d.msg, texts: make([]string, len(d.msg.Strings))}
	for i, b := range d.msg.Strings {
		t.texts[i] = text(b)
	}
	if err := t.read(); err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	events, err := t.events()
	if err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	return &Batch{Envelope: env, Events: events}, nil
}

// release lets go of everything that belongs to data or the caller.
func (d *Decoder) release() {
	clear(d.msg.Strings)
	d.msg.ResetVT()
}

// events makes the events and their values, two pieces of memory for all.
func (t *tables) events() ([]event.Event, error) {
	total := 0
	for i, m := range t.msg.Events {
		if int(m.Shape) >= len(t.shapes) {
			return nil, fmt.Errorf("event %d: shape %d of %d", i, m.Shape, len(t.shapes))
		}
		if want := len(t.shapes[m.Shape].Args); len(m.Values) != want {
			return nil, fmt.Errorf("event %d: %d values for %d arguments", i, len(m.Values), want)
		}
		total += len(m.Values)
	}
	events := make([]event.Event, len(t.msg.Events))
	values := make([]event.Value, total)
	for i, m := range t.msg.Events {
		n := len(m.Values)
		if err := t.event(&events[i], values[:n:n], m); err != nil {
			return nil, fmt.Errorf("event %d: %w", i, err)
		}
		values = values[n:]
	}
	return events, nil
}

// event reads one event whose shape and number of values have been checked.
func (t *tables) event(ev *event.Event, values []event.Value, m *eventpb.Event) error {
	if int(m.Context) >= len(t.contexts) {
		return fmt.Errorf("context %d of %d", m.Context, len(t.contexts))
	}
	ev.Seq = t.msg.Envelope.FirstSeq + m.Seq
	ev.Time = t.msg.Envelope.MinTime + int64(m.Time)
	ev.Shape = &t.shapes[m.Shape]
	ev.Context = &t.contexts[m.Context]
	ev.ReturnValue = m.ReturnValue
	ev.CPU = m.Cpu
	ev.Compat = m.Compat
	ev.Syscall = t.text(m.Syscall)
	ev.Hook = t.text(m.Hook)
	kinds := t.msg.Shapes[m.Shape].ArgKinds
	for i, n := range m.Values {
		t.value(&values[i], event.Kind(kinds[i]), n)
	}
	if len(values) > 0 {
		ev.Values = values
	}
	if x := m.Extra; x != nil {
		ev.Extra = &event.Extra{
			MatchedPolicies: x.MatchedPolicies, StackAddresses: x.StackAddresses, Metadata: x.Metadata,
		}
	}
	return t.err
}
