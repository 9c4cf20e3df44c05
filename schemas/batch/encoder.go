package batch

import (
	"errors"
	"fmt"
	"slices"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// Encoder writes batches. It keeps its tables between calls, so that a warm
// one allocates nothing; one goroutine may use it at a time. The zero Encoder
// is ready.
type Encoder struct {
	// msg holds all but the events, which are written as they come.
	msg       eventpb.Batch
	events    eventWriter
	texts     texts
	shapes    map[*event.Shape]int
	contexts  map[*event.Context]uint32
	processes map[*event.Process]lineage

	// The last context and its index: events of one thread come in runs.
	lastContext *event.Context
	lastIndex   uint32
}

// Encode appends the message of the events to dst and returns it. All events
// must be of the envelope's node and boot; their Seq may have any order but is
// cheap to write only where it is not below env.FirstSeq. Encode fills the
// envelope's Schema, Count, MinTime and MaxTime and fails where an event breaks
// its own contract: no shape or context, values that do not fit the shape, or
// another node's context. It keeps neither env nor events.
func (e *Encoder) Encode(dst []byte, env *eventpb.Envelope, events []event.Event) ([]byte, error) {
	if env == nil {
		return dst, errors.New("batch: no envelope")
	}
	e.reset()
	defer e.release()
	describe(env, events)
	e.msg.Envelope = env
	for i := range events {
		if err := e.add(env, &events[i]); err != nil {
			return dst, fmt.Errorf("batch: event %d of %d: %w", i, len(events), err)
		}
	}
	e.msg.Strings = e.texts.list
	return e.marshal(dst)
}

// describe fills what the envelope says about the events.
func describe(env *eventpb.Envelope, events []event.Event) {
	env.Schema = Version
	env.Count = uint32(len(events))
	env.MinTime, env.MaxTime = 0, 0
	for i := range events {
		t := events[i].Time
		if i == 0 {
			env.MinTime, env.MaxTime = t, t
		}
		env.MinTime, env.MaxTime = min(env.MinTime, t), max(env.MaxTime, t)
	}
}

func (e *Encoder) reset() {
	if e.shapes == nil {
		e.shapes = make(map[*event.Shape]int)
		e.contexts = make(map[*event.Context]uint32)
		e.processes = make(map[*event.Process]lineage)
	}
	e.texts.reset()
	e.events.buf = e.events.buf[:0]
}

// release lets go of everything that belongs to the caller.
func (e *Encoder) release() {
	e.msg.Strings = nil
	e.msg.ResetVT()
	e.texts.release()
	clear(e.shapes)
	clear(e.contexts)
	clear(e.processes)
	e.lastContext, e.lastIndex = nil, 0
}

// marshal appends the message to dst: the tables, then the events. The parts of
// a protobuf message may follow one another in any order.
func (e *Encoder) marshal(dst []byte) ([]byte, error) {
	tables := e.msg.SizeVT()
	start := len(dst)
	out := slices.Grow(dst, tables+len(e.events.buf))[:start+tables]
	if _, err := e.msg.MarshalToSizedBufferVT(out[start:]); err != nil {
		return dst, fmt.Errorf("batch: marshal: %w", err)
	}
	return append(out, e.events.buf...), nil
}

// add writes one event into the message.
func (e *Encoder) add(env *eventpb.Envelope, ev *event.Event) error {
	switch {
	case ev.Shape == nil:
		return errors.New("no shape")
	case ev.Context == nil:
		return errors.New("no context")
	case len(ev.Values) != len(ev.Shape.Args):
		return fmt.Errorf("%s has %d values for %d arguments", ev.Shape.Name, len(ev.Values), len(ev.Shape.Args))
	}
	context, err := e.context(env, ev.Context)
	if err != nil {
		return err
	}
	w := &e.events
	w.begin()
	w.number(fieldSeq, ev.Seq-env.FirstSeq)
	w.number(fieldTime, uint64(ev.Time-env.MinTime))
	w.number(fieldShape, uint64(e.shape(ev)))
	w.number(fieldContext, uint64(context))
	w.number(fieldReturnValue, zigzag(ev.ReturnValue))
	w.number(fieldCPU, uint64(ev.CPU))
	w.number(fieldSyscall, uint64(e.texts.add(ev.Syscall)))
	w.number(fieldHook, uint64(e.texts.add(ev.Hook)))
	if ev.Compat {
		w.number(fieldCompat, 1)
	}
	if len(ev.Values) > 0 {
		start := w.beginField(fieldValues)
		for i := range ev.Values {
			w.varint(e.value(&ev.Values[i]))
		}
		w.end(start)
	}
	if x := ev.Extra; x != nil {
		if err := w.extra(x); err != nil {
			return err
		}
	}
	w.finish()
	return nil
}

// check reports a context that the envelope does not speak for.
func check(env *eventpb.Envelope, c *event.Context) error {
	switch {
	case c.Node != env.GetNode():
		return fmt.Errorf("is of node %q, the batch of %q", c.Node, env.GetNode())
	case c.BootID != env.GetBootId():
		return fmt.Errorf("is of boot %q, the batch of %q", c.BootID, env.GetBootId())
	default:
		return nil
	}
}

// next returns list with one more element, taken from its spare capacity where
// there is an element from an earlier batch.
func next[T any](list []*T) ([]*T, *T) {
	if n := len(list); n < cap(list) {
		list = list[:n+1]
		if list[n] == nil {
			list[n] = new(T)
		}
		return list, list[n]
	}
	item := new(T)
	return append(list, item), item
}
