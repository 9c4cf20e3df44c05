package batch

import (
	"fmt"
	"math"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// readEvents makes the events and their values, two pieces of memory for all.
func (t *tables) readEvents(data []byte) ([]event.Event, error) {
	if err := t.table(data, layoutEvents, eventColumns); err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	n := t.rows.rows()
	if uint64(n) != uint64(t.env.Count) {
		return nil, fmt.Errorf("%d events, the envelope says %d", n, t.env.Count)
	}
	total := uint64(0)
	for i := range n {
		shape := t.rows.cells[i*eventColumns+eventShape]
		if shape >= uint64(len(t.shapes)) {
			return nil, fmt.Errorf("event %d: shape %d of %d", i, shape, len(t.shapes))
		}
		total += uint64(len(t.kindsOf[shape]))
	}
	numbers := t.fields[fieldValues-1]
	// Each takes a byte at least.
	if total > uint64(len(numbers)) {
		return nil, fmt.Errorf("values: %w", errNumbers)
	}
	events := slab(t.slabs.reuse, &t.slabs.events, n)
	values := slab(t.slabs.reuse, &t.slabs.values, int(total))
	seq, time := t.env.FirstSeq, t.env.MinTime
	for i := range events {
		row := (*[eventColumns]uint64)(t.rows.cells[i*eventColumns:])
		seq += uint64(unzigzag(row[eventSeq]))
		time += unzigzag(row[eventTime])
		ev := &events[i]
		ev.Seq, ev.Time, ev.Values, ev.Extra, ev.DNS = seq, time, nil, nil, nil
		kinds := t.kindsOf[row[eventShape]]
		n := len(kinds)
		if n > 0 {
			if numbers = t.values(values[:n], kinds, numbers); numbers == nil {
				return nil, fmt.Errorf("values: %w", errNumbers)
			}
			ev.Values = values[:n:n]
			values = values[n:]
		}
		context := row[eventContext]
		if context >= uint64(len(t.contexts)) {
			return nil, fmt.Errorf("event %d: context %d of %d", i, context, len(t.contexts))
		}
		t.event(ev, row)
		if t.badText|t.badList != 0 {
			return nil, fmt.Errorf("event %d: %w", i, t.check())
		}
	}
	if len(numbers) > 0 {
		return nil, fmt.Errorf("values: %w", errNumbers)
	}
	if err := t.readDNS(events); err != nil {
		return nil, err
	}
	return events, nil
}

// event reads one event whose shape and context have been checked.
func (t *tables) event(ev *event.Event, row *[eventColumns]uint64) {
	ev.Shape = &t.shapes[row[eventShape]]
	ev.Context = &t.contexts[row[eventContext]]
	ev.ReturnValue = unzigzag(row[eventReturnValue])
	ev.CPU = uint32(row[eventCPU])
	ev.Compat = row[eventCompat] != 0
	ev.Syscall = t.text(row[eventSyscall])
	ev.Hook = t.text(row[eventHook])
}

// values reads the values of one event from the column, of which it returns the
// rest, nil where it is too short.
func (t *tables) values(values []event.Value, kinds []event.Kind, data []byte) []byte {
	for i := range values {
		if len(data) == 0 {
			return nil
		}
		n, size := uint64(data[0]), 1
		if n >= 0x80 {
			if n, size = getVarint(data); size == 0 {
				return nil
			}
		}
		data = data[size:]
		v := &values[i]
		switch kinds[i] {
		case event.KindBool:
			*v = event.Bool(n != 0)
		case event.KindInt:
			*v = event.Int(unzigzag(n))
		case event.KindUint:
			*v = event.Uint(n)
		case event.KindFloat:
			*v = event.Float(math.Float64frombits(n))
		case event.KindString:
			*v = event.String(t.text(n))
		case event.KindBytes:
			*v = event.Bytes(t.text(n))
		case event.KindJSON:
			*v = event.JSON(t.text(n))
		case event.KindStrings:
			*v = event.Strings(t.list(n))
		case event.KindMap:
			*v = event.Map(t.list(n)...)
		default:
			*v = event.Value{}
		}
	}
	return data
}

// readExtras adds what only imported events carry.
func (t *tables) readExtras(data []byte, events []event.Event) error {
	var m eventpb.Extras
	if err := m.UnmarshalVTUnsafe(data); err != nil {
		return fmt.Errorf("extras: %w", err)
	}
	for _, x := range m.Items {
		if uint64(x.Event) >= uint64(len(events)) {
			return fmt.Errorf("extra of event %d of %d", x.Event, len(events))
		}
		extra := &event.Extra{StackAddresses: x.StackAddresses, Metadata: x.Metadata}
		for _, policy := range x.MatchedPolicies {
			extra.MatchedPolicies = append(extra.MatchedPolicies, t.text(uint64(policy)))
		}
		events[x.Event].Extra = extra
	}
	return t.check()
}
