package engine

import "github.com/weirsec/weir/schemas/event"

// Input is the event at hand, with what the Programs of one kind derive from
// it once for all of them.
type Input struct {
	Event   *event.Event
	derived []derivation
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

// reset puts another event at hand.
func (in *Input) reset(e *event.Event) {
	in.Event = e
	clear(in.derived)
	in.derived = in.derived[:0]
}
