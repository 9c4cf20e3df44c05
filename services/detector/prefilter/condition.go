package prefilter

import (
	"strings"
	"unicode/utf8"
)

// kind is what a Condition is made of.
type kind uint8

const (
	kindAny kind = iota
	kindNever
	kindAtom
	kindAll
	kindEither
)

// Condition is what must hold of an event for a signature to match it. It is
// immutable; the zero Condition asks for nothing.
type Condition struct {
	kind  kind
	atom  Atom
	parts []Condition
}

// Any asks for nothing: every event could match.
func Any() Condition { return Condition{} }

// Never says that no event can match.
func Never() Condition { return Condition{kind: kindNever} }

// Is asks for one comparison to hold. What the comparison could not decide for
// certain, because bytes that are no UTF-8 are shown to signatures as U+FFFD,
// it does not ask for; names of arguments and members are shown so as well.
func Is(a Atom) Condition {
	if a.Op != Equal && a.Text == "" || replaced(a.Text) || replaced(a.Place.Name) || replaced(a.Place.Key) {
		return Any()
	}
	return Condition{kind: kindAtom, atom: a}
}

// replaced reports whether a text may stand for one that is no UTF-8.
func replaced(text string) bool { return strings.ContainsRune(text, utf8.RuneError) }

// All asks for all of the parts.
func All(parts ...Condition) Condition {
	var kept []Condition
	for _, p := range parts {
		switch p.kind {
		case kindNever:
			return Never()
		case kindAny:
		default:
			kept = append(kept, p)
		}
	}
	switch len(kept) {
	case 0:
		return Any()
	case 1:
		return kept[0]
	default:
		return Condition{kind: kindAll, parts: kept}
	}
}

// Either asks for one of the parts at least.
func Either(parts ...Condition) Condition {
	var kept []Condition
	for _, p := range parts {
		switch p.kind {
		case kindAny:
			return Any()
		case kindNever:
		default:
			kept = append(kept, p)
		}
	}
	switch len(kept) {
	case 0:
		return Never()
	case 1:
		return kept[0]
	default:
		return Condition{kind: kindEither, parts: kept}
	}
}

// IsNever reports whether no event can match.
func (c Condition) IsNever() bool { return c.kind == kindNever }

// IsAny reports whether nothing is asked for.
func (c Condition) IsAny() bool { return c.kind == kindAny }

// guard returns atoms of which one must hold wherever the condition does, with
// the weight of the heaviest and their number; false where there are none such.
func (c Condition) guard() (atoms []Atom, weight int, ok bool) {
	switch c.kind {
	case kindNever:
		return nil, 0, true
	case kindAtom:
		return []Atom{c.atom}, c.atom.weight(), true
	case kindAll:
		for _, p := range c.parts {
			more, w, guarded := p.guard()
			if guarded && (!ok || w < weight) {
				atoms, weight, ok = more, w, true
			}
		}
		return atoms, weight, ok
	case kindEither:
		for _, p := range c.parts {
			more, w, guarded := p.guard()
			if !guarded {
				return nil, 0, false
			}
			atoms, weight = append(atoms, more...), max(weight, w)
		}
		return atoms, weight + len(atoms), true
	default:
		return nil, 0, false
	}
}
