package engine

import "github.com/weirsec/weir/schemas/event"

// Input is the event at hand, with what the Programs of one kind derive from
// it once for all of them.
type Input struct {
	Event   *event.Event
	serial  uint64
	derived []derivation
	kept    []derivation
}

type derivation struct{ key, value any }

// Derive returns what build makes of the event. Instances that give the same
// key share one result for as long as the event is at hand.
func (in *Input) Derive(key any, build func(*event.Event) any) any {
	for i := range in.derived {
		if in.derived[i].key == key {
			return in.derived[i].value
		}
	}
	value := build(in.Event)
	in.derived = append(in.derived, derivation{key, value})
	return value
}

// Keep returns what the Instances of one Evaluator share by a key from one event
// to the next; create makes it when the first one asks.
func (in *Input) Keep(key any, create func() any) any {
	for i := range in.kept {
		if in.kept[i].key == key {
			return in.kept[i].value
		}
	}
	value := create()
	in.kept = append(in.kept, derivation{key, value})
	return value
}

// Serial numbers the events that were at hand, from 1 on: the same address may
// hold one event after another.
func (in *Input) Serial() uint64 { return in.serial }

// reset puts another event at hand.
func (in *Input) reset(e *event.Event) {
	in.Event = e
	in.serial++
	clear(in.derived)
	in.derived = in.derived[:0]
}
