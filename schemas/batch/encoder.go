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
	env        *eventpb.Envelope
	dictionary dictionary
	lists      table
	items      table
	shapes     shapeTable
	processes  processTable
	contexts   contextTable
	// labels has the list of each object of labels.
	labels pointers
	events table
	// values is the column of values as it is written.
	values []byte
	extras eventpb.Extras
	// names has a row for each event from the first on that has any.
	names dnsTable
}

// Encode appends the message of the events to dst and returns it. All events
// must be of the envelope's node and boot; their Seq and Time may have any order
// but are cheap to write only where they grow. Encode fills the envelope's
// Schema, Count, MinTime and MaxTime and fails where an event breaks its own
// contract: no shape or context, values that do not fit the shape, or another
// node's context. It keeps neither env nor events.
func (e *Encoder) Encode(dst []byte, env *eventpb.Envelope, events []event.Event) ([]byte, error) {
	if env == nil {
		return dst, errors.New("batch: no envelope")
	}
	e.reset(env)
	defer e.release()
	describe(env, events)
	seq, time := env.FirstSeq, env.MinTime
	for i := range events {
		ev := &events[i]
		if err := e.add(ev, ev.Seq-seq, uint64(ev.Time-time)); err != nil {
			return dst, fmt.Errorf("batch: event %d of %d: %w", i, len(events), err)
		}
		seq, time = ev.Seq, ev.Time
		if ev.Extra != nil {
			e.extra(i, ev.Extra)
		}
	}
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

func (e *Encoder) reset(env *eventpb.Envelope) {
	e.env = env
	e.dictionary.reset()
	// List 0 is the empty one.
	e.lists.reset(1)
	e.lists.add()[0] = 0
	e.items.reset(1)
	e.shapes.reset()
	e.processes.reset()
	e.contexts.reset()
	e.events.reset(eventColumns)
	e.values = e.values[:0]
	e.names.rows.reset(dnsColumns)
}

// release lets go of everything that belongs to the caller.
func (e *Encoder) release() {
	e.env = nil
	e.dictionary.release()
	e.shapes.release()
	e.processes.release()
	e.contexts.release()
	e.labels.release()
	e.extras.Items = nil
	if len(e.names.rows.cells) > 0 {
		e.names.index.release()
	}
}

// add writes one event into the tables.
func (e *Encoder) add(ev *event.Event, seq, time uint64) error {
	switch {
	case ev.Shape == nil:
		return errors.New("no shape")
	case ev.Context == nil:
		return errors.New("no context")
	case len(ev.Values) != len(ev.Shape.Args):
		return fmt.Errorf("%s has %d values for %d arguments", ev.Shape.Name, len(ev.Values), len(ev.Shape.Args))
	}
	context, err := e.context(ev.Context)
	if err != nil {
		return err
	}
	shape := e.shape(ev)
	row := (*[eventColumns]uint64)(e.events.add())
	row[eventShape] = uint64(shape)
	row[eventContext] = uint64(context)
	row[eventSeq] = zigzag(int64(seq))
	row[eventTime] = zigzag(int64(time))
	row[eventReturnValue] = zigzag(ev.ReturnValue)
	row[eventCPU] = uint64(ev.CPU)
	row[eventSyscall] = e.dictionary.add(ev.Syscall)
	row[eventHook] = e.dictionary.add(ev.Hook)
	row[eventCompat] = number(ev.Compat)
	if ev.DNS != nil || len(e.names.rows.cells) > 0 {
		e.dns(ev.DNS)
	}
	at := len(e.values)
	values := slices.Grow(e.values, maxVarint*len(ev.Values))
	values = values[:cap(values)]
	for i := range ev.Values {
		at += putVarint(values[at:], e.value(&ev.Values[i]))
	}
	e.values = values[:at]
	return nil
}

// extra writes what only imported events carry.
func (e *Encoder) extra(i int, x *event.Extra) {
	m := &eventpb.Extra{Event: uint32(i), StackAddresses: x.StackAddresses, Metadata: x.Metadata}
	for _, policy := range x.MatchedPolicies {
		m.MatchedPolicies = append(m.MatchedPolicies, uint32(e.dictionary.add(policy)))
	}
	e.extras.Items = append(e.extras.Items, m)
}

// guess is how many bytes the message takes at most, mostly: it need not be moved
// while it is written then.
func (e *Encoder) guess() int {
	const fixed, eventBytes, contextBytes, processBytes = 1024, 16, 64, 32
	d := &e.dictionary
	return fixed + len(d.bytes) + 2*len(d.texts) + len(e.values) + eventBytes*e.events.rows() +
		contextBytes*e.contexts.rows.rows() + processBytes*e.processes.rows.rows() + 2*len(e.items.cells)
}

// marshal appends the message to dst.
func (e *Encoder) marshal(dst []byte) ([]byte, error) {
	out, err := appendMessage(slices.Grow(dst, e.guess()), fieldEnvelope, e.env)
	if err != nil {
		return dst, err
	}
	d := &e.dictionary
	out, start := begin(out, fieldTexts, len(d.bytes))
	out = appendBytes(d.lengths.appendTo(out, layoutTexts, 0), fieldTextBytes, d.bytes)
	out = end(out, start, len(d.bytes))
	if e.lists.rows() > 1 {
		out = appendTables(out, fieldLists, layoutLists, &e.lists, &e.items)
	}
	out = appendTables(out, fieldShapes, layoutShapes, &e.shapes.rows, &e.shapes.args)
	out = appendTables(out, fieldProcesses, layoutProcesses, &e.processes.rows)
	out = appendTables(out, fieldContexts, layoutContexts, &e.contexts.rows)
	if e.events.rows() > 0 {
		out, start = begin(out, fieldEvents, len(e.values))
		out = appendBytes(e.events.appendTo(out, layoutEvents, 0), fieldValues, e.values)
		out = e.names.rows.appendTo(out, layoutEvents, fieldDNS-1)
		out = end(out, start, len(e.values))
	}
	if len(e.extras.Items) == 0 {
		return out, nil
	}
	if out, err = appendMessage(out, fieldExtras, &e.extras); err != nil {
		return dst, err
	}
	return out, nil
}

// appendTables appends a message that consists of the columns of tables.
func appendTables(dst []byte, field int, layout string, tables ...*table) []byte {
	// Messages of less than 128 bytes are too short to care, and of more than
	// 16 KB too long.
	const guess = 0x80
	if tables[0].rows() == 0 {
		return dst
	}
	dst, start := begin(dst, field, guess)
	first := 0
	for _, t := range tables {
		dst = t.appendTo(dst, layout, first)
		first += t.width
	}
	return end(dst, start, guess)
}

// appendBytes appends a field that is not empty.
func appendBytes(dst []byte, field int, data []byte) []byte {
	if len(data) == 0 {
		return dst
	}
	dst = appendVarint(dst, uint64(field)<<3|wireBytes)
	return append(appendVarint(dst, uint64(len(data))), data...)
}

// message is what the generated code of small messages has.
type message interface {
	SizeVT() int
	MarshalToSizedBufferVT(data []byte) (int, error)
}

func appendMessage(dst []byte, field int, m message) ([]byte, error) {
	size := m.SizeVT()
	out, start := begin(dst, field, size)
	out = slices.Grow(out, size)[:start+size]
	if _, err := m.MarshalToSizedBufferVT(out[start:]); err != nil {
		return dst, fmt.Errorf("batch: marshal: %w", err)
	}
	return out, nil
}
