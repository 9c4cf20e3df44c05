package batch

import (
	"errors"
	"fmt"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// Encoder writes batches. It keeps its tables between calls, so that a warm
// one allocates nothing; one goroutine may use it at a time. The zero Encoder
// is ready.
type Encoder struct {
	msg       eventpb.Batch
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

// marshal appends the message to dst.
func (e *Encoder) marshal(dst []byte) ([]byte, error) {
	size := e.msg.SizeVT()
	start := len(dst)
	if cap(dst)-start < size {
		grown := make([]byte, start, start+size)
		copy(grown, dst)
		dst = grown
	}
	out := dst[:start+size]
	if _, err := e.msg.MarshalToSizedBufferVT(out[start:]); err != nil {
		return dst, fmt.Errorf("batch: marshal: %w", err)
	}
	return out, nil
}

// add writes one event into the message.
func (e *Encoder) add(env *eventpb.Envelope, ev *event.Event) error {
	if err := check(env, ev); err != nil {
		return err
	}
	var m *eventpb.Event
	e.msg.Events, m = next(e.msg.Events)
	m.Seq = ev.Seq - env.FirstSeq
	m.Time = uint64(ev.Time - env.MinTime)
	m.Shape = e.shape(ev)
	m.Context = e.context(ev.Context)
	m.ReturnValue = ev.ReturnValue
	m.Cpu = ev.CPU
	m.Compat = ev.Compat
	m.Syscall = e.texts.common(ev.Syscall)
	m.Hook = e.texts.common(ev.Hook)
	for i := range ev.Values {
		m.Values = append(m.Values, e.value(&ev.Values[i]))
	}
	if x := ev.Extra; x != nil {
		m.Extra = &eventpb.Extra{
			MatchedPolicies: x.MatchedPolicies, StackAddresses: x.StackAddresses, Metadata: x.Metadata,
		}
	}
	return nil
}

// check reports an event that cannot be written without changing it.
func check(env *eventpb.Envelope, ev *event.Event) error {
	switch {
	case ev.Shape == nil:
		return errors.New("no shape")
	case ev.Context == nil:
		return errors.New("no context")
	case len(ev.Values) != len(ev.Shape.Args):
		return fmt.Errorf("%s has %d values for %d arguments", ev.Shape.Name, len(ev.Values), len(ev.Shape.Args))
	case ev.Context.Node != env.GetNode():
		return fmt.Errorf("is of node %q, the batch of %q", ev.Context.Node, env.GetNode())
	case ev.Context.BootID != env.GetBootId():
		return fmt.Errorf("is of boot %q, the batch of %q", ev.Context.BootID, env.GetBootId())
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
