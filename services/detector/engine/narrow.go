package engine

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/prefilter"
	"github.com/weirsec/weir/signatures/sdk"
)

// What a signature needs of the events that it selects is said in two places:
// its condition, which is worked out of its text, and what its author declared
// with a selector. Kernels leave out what neither asks for. That no finding
// depends on it follows from this, for an event that no member's interest
// admits:
//
//   - Each member's Gate refuses it. The Gate has the same scopes as the
//     member's interest, or narrower ones: interests are only ever widened
//     (Union, the bounds, what a kernel cannot compare or know).
//   - So no instance is run on it: not a stateful one, not one that waits for
//     signals (whose last event it therefore never was), not the base of a
//     correlation. Nothing is counted for a quarantine and nothing fails.
//   - It is not even put at hand where nobody is run: the clock of the stores
//     stands where it stood.
//   - It makes no finding, so no finding is made of one.
//
// Data sources answer from the event at hand and from what the enricher wrote
// into it. What the enricher learns from is never narrowed, see
// interest.PathArg.

// needs returns what must hold of an event of that kind for the member to match
// it, and what it is not given otherwise.
func (s *Signature) needs(key sieveKey) (prefilter.Condition, *prefilter.Gate) {
	condition := conditionOf(s.program, key.name)
	declared := s.declared(key)
	pathArg, narrow := interest.PathArg(key.name)
	derived := interest.Everything()
	if narrow {
		derived = interest.Both(prefilter.Scopes(condition, pathArg), declared)
	}
	return prefilter.All(condition, conditionFor(declared, pathArg)), prefilter.NewGate(pathArg, derived, declared)
}

// declaredGate is the gate of what the author said alone.
func (s *Signature) declaredGate(key sieveKey) *prefilter.Gate {
	pathArg, _ := interest.PathArg(key.name)
	return prefilter.NewGate(pathArg, interest.Everything(), s.declared(key))
}

// Takes reports whether a selector takes an event: by name and origin, and by
// what it is narrowed to.
func Takes(s sdk.Selector, e *event.Event) bool {
	m := Signature{Selectors: normalise([]sdk.Selector{s})}
	return m.declaredGate(sieveKey{routeKey: routeKey{e.Name(), e.Origin()}}).Admits(e)
}

// declared returns what the selectors which take events of that kind are
// narrowed to: one of them must hold. Findings are taken by their names only.
func (s *Signature) declared(key sieveKey) []interest.Scope {
	var scopes []interest.Scope
	for _, by := range s.Selectors {
		named := by.Name == key.name || by.Name == wildcard && !key.findings
		if by.Source == sdk.Source && named && (by.Origin == wildcard || by.Origin == key.origin) {
			scopes = append(scopes, scopeOf(by.Where))
		}
	}
	return scopes
}

func scopeOf(w *sdk.Where) interest.Scope {
	if w == nil {
		return interest.Scope{}
	}
	return interest.Scope{Comms: w.Comms, UIDs: w.UIDs, Paths: w.Paths}
}

// conditionFor is what an index can look up of scopes.
func conditionFor(scopes []interest.Scope, pathArg string) prefilter.Condition {
	var ways []prefilter.Condition
	for _, s := range scopes {
		ways = append(ways, prefilter.All(
			anyOf(prefilter.Atom{Place: prefilter.Place{Source: prefilter.ProcessName}, Op: prefilter.Equal}, s.Comms),
			anyOf(prefilter.Atom{Place: prefilter.Place{Source: prefilter.Arg, Name: pathArg}, Op: prefilter.Prefix}, s.Paths),
		))
	}
	return prefilter.Either(ways...)
}

// anyOf asks for one of the texts, or for nothing where there are none.
func anyOf(a prefilter.Atom, texts []string) prefilter.Condition {
	if len(texts) == 0 {
		return prefilter.Any()
	}
	ways := make([]prefilter.Condition, len(texts))
	for i, text := range texts {
		a.Text = text
		ways[i] = prefilter.Is(a)
	}
	return prefilter.Either(ways...)
}

// originOf returns the scope of a selector's origin, and whether there are
// events of it. A container that is being set up is one for the kernel.
func originOf(selected string) (interest.Scope, bool) {
	switch selected {
	case wildcard:
		return interest.Scope{}, true
	case event.OriginHost:
		return interest.Scope{Origin: interest.OriginHost}, true
	case event.OriginContainer, event.OriginContainerInit:
		return interest.Scope{Origin: interest.OriginContainer}, true
	default:
		return interest.Scope{}, false
	}
}
