package interest

import (
	"slices"
	"strings"
)

// All is the name that means every event.
const All = "*"

// Interest is which events are wanted. The zero Interest wants none. Values come
// from New, Of, Parse and Union, which keep Events sorted by name, each once.
type Interest struct {
	Events []Event `json:"events"`
}

// Event is one kind of events.
type Event struct {
	// Name is the event's name, or All.
	Name string `json:"name"`
	// Scopes are alternatives of which one must hold, at most MaxScopes; none
	// means every event of that name. All never has any.
	Scopes []Scope `json:"scopes,omitempty"`
}

// Of returns the interest in all events of these names.
func Of(names ...string) Interest {
	events := make([]Event, len(names))
	for i, name := range names {
		events[i].Name = name
	}
	return New(events...)
}

// New puts events together: those of one name are wanted where any of them is.
// Scopes are brought into the form that Scope describes; an event none of whose
// scopes can ever hold is left out.
func New(events ...Event) Interest {
	byName := map[string][]Scope{}
	for _, e := range events {
		if e.Name == All {
			return Interest{Events: []Event{{Name: All}}}
		}
		if e.Name == "" || len(e.Name) > MaxName || !tellable(e.Name) {
			// No collector has such an event.
			continue
		}
		if len(e.Scopes) == 0 {
			e.Scopes = Everything()
		}
		for _, s := range e.Scopes {
			if s, possible := s.observable(); possible {
				byName[e.Name] = append(byName[e.Name], s)
			}
		}
	}
	made := Interest{Events: make([]Event, 0, len(byName))}
	for name, scopes := range byName {
		made.Events = append(made.Events, Event{name, wanted(scopes)})
	}
	slices.SortFunc(made.Events, func(a, b Event) int { return strings.Compare(a.Name, b.Name) })
	return made
}

// wanted returns scopes as an Event has them: bounded, and none for everything.
func wanted(scopes []Scope) []Scope {
	scopes = Either(scopes)
	if len(scopes) > MaxScopes || always(scopes) {
		return nil
	}
	return scopes
}

// Union returns what any of the interests wants. The order does not matter.
func (i Interest) Union(others ...Interest) Interest {
	events := slices.Clone(i.Events)
	for _, other := range others {
		events = append(events, other.Events...)
	}
	return New(events...)
}

// Names returns the names of the wanted events, sorted; just All where every
// event is wanted. It is never nil.
func (i Interest) Names() []string {
	names := make([]string, len(i.Events))
	for n, e := range i.Events {
		names[n] = e.Name
	}
	return names
}

// Find returns what is wanted of the events of a name, and whether anything is.
func (i Interest) Find(name string) (Event, bool) {
	for _, e := range i.Events {
		if e.Name == name || e.Name == All {
			return Event{name, e.Scopes}, true
		}
	}
	return Event{}, false
}

// Admits reports whether an event is wanted. Whoever leaves out events must not
// leave out one that is admitted; it may let through others.
func (i Interest) Admits(f Facts) bool {
	e, ok := i.Find(f.Event)
	return ok && (len(e.Scopes) == 0 || AnyHolds(e.Scopes, &f))
}

// Equal reports whether two interests are the same.
func (i Interest) Equal(other Interest) bool {
	return slices.EqualFunc(i.Events, other.Events, func(a, b Event) bool {
		return a.Name == b.Name && slices.EqualFunc(a.Scopes, b.Scopes, Scope.equal)
	})
}
