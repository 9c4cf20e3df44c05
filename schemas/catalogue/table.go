package catalogue

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/weirsec/weir/schemas/event"
)

// table holds every event at its Type. It is never written to after this.
var table = tabulate(
	list{Lifecycle, lifecycle}, list{Packets, packets}, list{Derived, derived}, list{Processes, processSyscalls}, list{Files, nameSyscalls},
	list{Files, fileSyscalls}, list{Network, networkSyscalls}, list{System, kernelSyscalls},
)

// list is the events of one file of this package.
type list struct {
	group  Group
	events []Event
}

func tabulate(lists ...list) (t [MaxType]*Event) {
	for _, l := range lists {
		for _, e := range l.events {
			e.Group = l.group
			if e.Hooks == nil {
				e.Hooks = []Hook{SysExit}
			}
			e.shape = event.Shape{ID: e.ID, Name: e.Name}
			for _, a := range e.Args {
				e.shape.Args = append(e.shape.Args, event.ArgSpec{Name: a.Name, Type: a.Type})
			}
			t[e.Type] = &e
		}
	}
	return t
}

// Event returns what the type is, nil for an unknown one.
func (t Type) Event() *Event {
	if t >= MaxType {
		return nil
	}
	return table[t]
}

// All yields the events by Type.
func All() iter.Seq[*Event] {
	return func(yield func(*Event) bool) {
		for _, e := range table {
			if e != nil && !yield(e) {
				return
			}
		}
	}
}

// ByName returns the event of that name, nil where there is none.
func ByName(name string) *Event {
	for e := range All() {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// Sorted returns the events by name.
func Sorted() []*Event {
	return slices.SortedFunc(All(), func(a, b *Event) int { return cmp.Compare(a.Name, b.Name) })
}

// Shapes returns the kinds of events by name. The shapes must not be changed.
func Shapes() map[string]*event.Shape {
	shapes := map[string]*event.Shape{}
	for e := range All() {
		shapes[e.Name] = e.Shape()
	}
	return shapes
}

// Names returns the names of the events, sorted.
func Names() []string { return slices.Sorted(maps.Keys(Shapes())) }
