package prefilter

import (
	"slices"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
)

// Gate decides whether a signature gets an event, by what a kernel was told of
// it. Kernels let through more: what others want, what they cannot tell, what
// was widened for them. Behind the Gate all of that is the same, so a signature
// sees the same events whatever the kernel did: not only its findings, but also
// what it remembers and how often it failed do not depend on it.
type Gate struct {
	pathArg string
	// derived follow from the signature's condition and hold where a fact is
	// not known, declared are what its author said and do not.
	derived, declared []interest.Scope
}

// NewGate returns the gate of a signature for events of one name: one of the
// derived scopes must hold, and one of the declared ones. It is nil where that
// is always so.
func NewGate(pathArg string, derived, declared []interest.Scope) *Gate {
	if open(derived) && open(declared) {
		return nil
	}
	return &Gate{pathArg, derived, declared}
}

func open(list []interest.Scope) bool {
	return slices.ContainsFunc(list, func(s interest.Scope) bool {
		return len(s.Comms)+len(s.UIDs)+len(s.Paths) == 0 && s.Origin == ""
	})
}

// Admits reports whether the signature gets the event; a nil Gate admits all.
func (g *Gate) Admits(e *event.Event) bool {
	if g == nil {
		return true
	}
	f, odd := factsOf(e, g.pathArg)
	if !odd && !interest.AnyHolds(g.derived, &f) {
		return false
	}
	if f.PathKnown {
		return interest.AnyHolds(g.declared, &f)
	}
	f.Path, f.PathKnown = e.String(g.pathArg)
	for i := range g.declared {
		if g.declared[i].Holds(&f) && (f.PathKnown || len(g.declared[i].Paths) == 0) {
			return true
		}
	}
	return false
}

// FactsOf returns what a kernel knew of an event, if it was one of its. The path
// is known where the argument is there once, as a text: then every signature
// takes the same for it.
func FactsOf(e *event.Event, pathArg string) interest.Facts {
	f, _ := factsOf(e, pathArg)
	return f
}

// factsOf also reports whether no kernel sends such an event: its path is there
// twice, or no text. Of two paths each may meet another part of a condition, so
// scopes, which were made for one, say nothing of it.
func factsOf(e *event.Event, pathArg string) (f interest.Facts, odd bool) {
	f = interest.Facts{
		Event: e.Name(), Comm: e.Context.ProcessName, UID: e.Context.UID, Origin: interest.OriginContainer,
	}
	if e.Origin() == event.OriginHost {
		f.Origin = interest.OriginHost
	}
	at := -1
	for i := range e.Shape.Args {
		if e.Shape.Args[i].Name != pathArg || pathArg == "" {
			continue
		}
		if at >= 0 {
			return f, true
		}
		at = i
	}
	if at < 0 || at >= len(e.Values) || e.Values[at].IsNull() {
		return f, false
	}
	if e.Values[at].Kind() != event.KindString {
		return f, true
	}
	f.Path, f.PathKnown = e.Values[at].Text(), true
	return f, false
}
