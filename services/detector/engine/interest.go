package engine

import (
	"slices"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/prefilter"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// maxScopes is how many scopes of one event a member may want; with more of
// them it wants all events of the name. A kernel has room for 64 in all.
const maxScopes = 8

// Interest returns which kernel events the members need, and of each how much:
// an event that it does not admit cannot change any finding. Names that only
// findings of members have are not in it: no kernel could send those. What the
// enricher learns names from is, where members look at names; see wantsNames.
func (s *Set) Interest() interest.Interest {
	return interest.Interest{}.Union(s.wanted()...)
}

// InterestOf returns what one member needs.
func (s *Set) InterestOf(member *Signature) interest.Interest {
	if i := slices.Index(s.signatures, member); i >= 0 {
		return s.wanted()[i]
	}
	return interest.Interest{}
}

// Wanting returns how many members need events of that name.
func (s *Set) Wanting(name string) int {
	n := 0
	for _, i := range s.wanted() {
		if _, wants := i.Find(name); wants {
			n++
		}
	}
	return n
}

// interests works out what each member needs.
func (s *Set) interests() []interest.Interest {
	all := make([]interest.Interest, len(s.signatures))
	for i, member := range s.signatures {
		var events []interest.Event
		for _, selector := range member.Selectors {
			if selector.Source != sdk.Source || selector.Name != wildcard && s.onlyFinding(selector.Name) {
				continue
			}
			if scopes := member.scopes(selector); len(scopes) > 0 {
				events = append(events, interest.Event{Name: selector.Name, Scopes: scopes})
			}
		}
		if wantsNames(member.program, events) {
			events = append(events, interest.Event{Name: event.NamesFrom})
		}
		all[i] = interest.New(events...)
		for n := range all[i].Events {
			if e := &all[i].Events[n]; len(e.Scopes) > maxScopes {
				e.Scopes = nil
			}
		}
	}
	return all
}

// wantsNames reports whether what a program looks at shows names that answers to
// DNS queries told: events with an address do, and the data source. Whoever does
// not select those answers is not given them; the enricher learns from them.
func wantsNames(p Program, events []interest.Event) bool {
	named := func(e interest.Event) bool {
		arg, _ := event.RemoteArgs(e.Name)
		return arg != ""
	}
	return slices.ContainsFunc(events, named) || len(events) > 0 && asks(p, datasource.Namespace, datasource.DNS)
}

// scopes returns what the member needs of the events of a selector; nothing
// where it could match none.
func (s *Signature) scopes(selector sdk.Selector) []interest.Scope {
	origin, exists := originOf(selector.Origin)
	if !exists {
		return nil
	}
	if selector.Name == wildcard {
		return interest.Everything()
	}
	pathArg, narrow := interest.PathArg(selector.Name)
	derived := prefilter.Scopes(conditionOf(s.program, selector.Name), pathArg)
	if len(derived) == 0 {
		return nil
	}
	if !narrow {
		return interest.Everything()
	}
	scopes := interest.Both(derived, []interest.Scope{origin})
	return interest.Both(scopes, []interest.Scope{scopeOf(selector.Where)})
}
