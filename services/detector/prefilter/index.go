package prefilter

import (
	"github.com/weirsec/weir/schemas/event"
)

// Index finds the candidates among the signatures that selected an event. It is
// immutable and safe for concurrent use.
type Index struct {
	size int
	// always are those whose condition says nothing that can be looked up.
	always   Bits
	matchers []*matcher
	guarded  int
}

// owned is an atom with the number of its condition.
type owned struct {
	atom  Atom
	owner int
}

// NewIndex returns the index of some conditions, which are numbered from 0 in
// their order. They hold for events of one name.
func NewIndex(conditions []Condition) *Index {
	x := &Index{size: len(conditions), always: newBits(len(conditions))}
	places := make(map[Place][]owned)
	var order []Place
	for i, c := range conditions {
		atoms, _, ok := c.guard()
		if !ok {
			x.always.set(i)
			continue
		}
		x.guarded++
		for _, a := range atoms {
			if places[a.Place] == nil {
				order = append(order, a.Place)
			}
			places[a.Place] = append(places[a.Place], owned{a, i})
		}
	}
	for _, place := range order {
		x.matchers = append(x.matchers, newMatcher(place, places[place], len(conditions)))
	}
	return x
}

// Useful reports whether there is anything to leave out.
func (x *Index) Useful() bool { return x.guarded > 0 }

// Guarded returns how many of the conditions can be looked up.
func (x *Index) Guarded() int { return x.guarded }

// NewBits returns a set that Candidates can fill.
func (x *Index) NewBits() Bits { return newBits(x.size) }

// Candidates sets found to the numbers of the conditions that could hold for an
// event; it takes no memory but where flags are to be written out.
func (x *Index) Candidates(e *event.Event, found Bits) {
	copy(found, x.always)
	for _, m := range x.matchers {
		m.event(e, found)
	}
}

// event looks at the matcher's place in an event.
func (m *matcher) event(e *event.Event, found Bits) {
	switch m.place.Source {
	case ProcessName:
		m.text(e.Context.ProcessName, found)
		return
	case Executable:
		m.text(e.Context.Executable, found)
		return
	case ContainerID:
		m.text(e.Context.Container.ID, found)
		return
	case Syscall:
		m.text(e.Syscall, found)
		return
	}
	args := e.Shape.Args
	at := -1
	for i := range args {
		if args[i].Name != m.place.Name {
			continue
		}
		if at >= 0 {
			// Two of a name: which one counts only the signature can tell.
			found.or(m.owners)
			return
		}
		at = i
	}
	if at >= 0 && at < len(e.Values) {
		m.value(e, at, found)
	}
}

// value looks at an argument.
func (m *matcher) value(e *event.Event, at int, found Bits) {
	v := e.Values[at]
	switch k := v.Kind(); {
	case m.place.Source == Element:
		m.elements(v, found)
	case m.place.Source == Member:
		m.member(v, found)
	case k == event.KindString:
		m.text(v.Text(), found)
	case k == event.KindInt || k == event.KindUint:
		// A number has no text, unless words stand for it.
		if words, _ := e.Parsed(at); words.Kind() == event.KindString {
			m.text(words.Text(), found)
		}
	case k == event.KindNull || k == event.KindBool || k == event.KindFloat || k == event.KindStrings || k == event.KindMap:
		// Never a text.
	default:
		found.or(m.owners)
	}
}

func (m *matcher) elements(v event.Value, found Bits) {
	switch v.Kind() {
	case event.KindStrings:
		for _, text := range v.List() {
			m.text(text, found)
		}
	case event.KindNull, event.KindBool, event.KindInt, event.KindUint, event.KindFloat, event.KindString, event.KindBytes:
		// Nothing to walk over.
	default:
		found.or(m.owners)
	}
}

func (m *matcher) member(v event.Value, found Bits) {
	switch v.Kind() {
	case event.KindMap:
		// The last one of a key counts.
		list := v.List()
		for i := len(list) &^ 1; i >= 2; i -= 2 {
			if list[i-2] == m.place.Key {
				m.text(list[i-1], found)
				return
			}
		}
	case event.KindJSON:
		found.or(m.owners)
	default:
		// No members.
	}
}
