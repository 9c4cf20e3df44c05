package prefilter

import (
	"slices"

	"github.com/weirsec/weir/schemas/interest"
)

const (
	// maxScopes is how many alternatives one signature may ask a kernel for;
	// with more of them it asks for everything.
	maxScopes = 8
	// maxAlternatives is how many are looked at at all.
	maxAlternatives = 1024
)

// Scopes returns what a kernel may narrow events to, where nobody needs them but
// a signature with this condition: one of the scopes holds for each event that
// the condition holds for. None means that there is no such event. pathArg names
// the argument that scopes with paths are about, "" for none.
//
// A scope says less than the condition: what a kernel cannot compare is left
// out, and so is what would take too many scopes.
func Scopes(c Condition, pathArg string) []interest.Scope {
	return Fold(c, Algebra[[]interest.Scope](pushdown{pathArg}))
}

// pushdown makes scopes of conditions. Each of its answers holds for all events
// that its part of the condition does.
type pushdown struct{ pathArg string }

func (pushdown) Any() []interest.Scope   { return interest.Everything() }
func (pushdown) Never() []interest.Scope { return nil }

// Atom keeps what is about the path, the thread's name or the container. A
// whole text is a beginning of itself, so a path that is compared as a whole is
// asked for as a beginning: the kernel compares nothing else.
//
// Which bytes a text stands for is no question here: Is refuses texts that may
// stand for several.
func (p pushdown) Atom(a Atom) []interest.Scope {
	switch {
	case a.Place.Source == Arg && a.Place.Name == p.pathArg && p.pathArg != "" && a.Text != "" && (a.Op == Equal || a.Op == Prefix):
		return []interest.Scope{{Paths: []string{a.Text}}}
	case a.Place.Source == ProcessName && a.Op == Equal:
		return []interest.Scope{{Comms: []string{a.Text}}}
	case a.Place.Source == ContainerID && a.Text != "":
		// Whatever the comparison, it fails for the empty id of the host.
		return []interest.Scope{{Origin: interest.OriginContainer}}
	default:
		return interest.Everything()
	}
}

// All leaves out parts that would make too many scopes: what is asked for then
// is less.
func (pushdown) All(parts [][]interest.Scope) []interest.Scope {
	slices.SortStableFunc(parts, func(a, b []interest.Scope) int { return len(a) - len(b) })
	all := parts[0]
	for _, part := range parts[1:] {
		if both := interest.Both(all, part); len(both) <= maxScopes {
			all = both
		}
	}
	return all
}

// Either cannot leave out any part, so too many of them are everything.
func (pushdown) Either(parts [][]interest.Scope) []interest.Scope {
	n := 0
	for _, part := range parts {
		n += len(part)
	}
	if n > maxAlternatives {
		return interest.Everything()
	}
	return bounded(interest.Either(parts...))
}

// bounded returns everything in the place of too many scopes.
func bounded(list []interest.Scope) []interest.Scope {
	if len(list) > maxScopes {
		return interest.Everything()
	}
	return list
}
