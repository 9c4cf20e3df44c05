package value

import (
	"github.com/weirsec/weir/schemas/event"
)

// Event is the event that an evaluation looks at, with what was worked out of
// it already. It is used by one goroutine and again for the next event.
type Event struct {
	event *event.Event
	// args hold the values of the arguments that somebody asked for.
	args []Value
	// types hold the types that go with them.
	types []string
}

// Reset puts another event in the place of the last one. Values that refer to
// the last one must not be used afterwards.
func (e *Event) Reset(to *event.Event) {
	e.event = to
	n := len(to.Shape.Args)
	if cap(e.args) < n {
		e.args, e.types = make([]Value, n), make([]string, n)
	}
	clear(e.args[:cap(e.args)])
	e.args, e.types = e.args[:n], e.types[:n]
}

// Event returns the event.
func (e *Event) Event() *event.Event { return e.event }

// Root returns the event as Rego's input.
func (e *Event) Root() Value { return view(viewRoot, e, 0) }

// AsEvent returns the event that a value is the whole of, nil for any other
// value.
func (v Value) AsEvent() *Event {
	if v.kind != viewRoot {
		return nil
	}
	return v.event()
}

// Arg returns the value of an event's argument by name, and whether the event
// has it exactly once. With more than one of the name only Rego's own rules
// tell what is right.
func (e *Event) Arg(name string) (v Value, found, unique bool) {
	args := e.event.Shape.Args
	at := -1
	for i := range args {
		if args[i].Name != name {
			continue
		}
		if at >= 0 {
			return Value{}, true, false
		}
		at = i
	}
	if at < 0 {
		return Value{}, false, true
	}
	return e.arg(at), true, true
}

func (e *Event) argCount() int { return len(e.event.Shape.Args) }

// arg returns the value of argument i in words, as signatures read it.
func (e *Event) arg(i int) Value {
	if !e.args[i].Defined() {
		parsed, typ := e.event.Parsed(i)
		e.args[i], e.types[i] = OfEvent(parsed), typ
	}
	return e.args[i]
}

func (e *Event) argType(i int) string {
	e.arg(i)
	return e.types[i]
}
