package engine

import (
	"slices"
	"sync"

	"github.com/weirsec/weir/services/detector/prefilter"
)

// Conditional is a Program that can say what it asks of an event.
type Conditional interface {
	// Condition returns what must hold of an event of that name for the
	// signature to match it. Evaluations without need are skipped by it.
	Condition(event string) prefilter.Condition
}

// sieves are the prefilters of a Set, made when events of a kind first come and
// shared by its Evaluators.
type sieves struct {
	mu    sync.Mutex
	known map[sieveKey]sieve
}

// sieve is what stands before the members that events of one kind are delivered
// to. Both of its parts may be nil.
type sieve struct {
	// index finds the members that an event could match.
	index *prefilter.Index
	// gates has the Gate of each member, in their order.
	gates []*prefilter.Gate
}

type sieveKey struct {
	routeKey
	findings bool
}

// sieve returns what stands before the members that an event is delivered to.
func (s *Set) sieve(key sieveKey, members []int) sieve {
	s.sieves.mu.Lock()
	defer s.sieves.mu.Unlock()
	if made, known := s.sieves.known[key]; known {
		return made
	}
	conditions := make([]prefilter.Condition, len(members))
	gates := make([]*prefilter.Gate, len(members))
	for i, at := range members {
		conditions[i], gates[i] = s.signatures[at].needs(key)
	}
	made := sieve{prefilter.NewIndex(conditions), orNone(gates)}
	if !made.index.Useful() {
		made.index = nil
	}
	if s.sieves.known == nil {
		s.sieves.known = make(map[sieveKey]sieve)
	}
	if len(s.sieves.known) < maxRoutes {
		s.sieves.known[key] = made
	}
	return made
}

// declared is the sieve of a kind of events that there is no room for: it leaves
// out no more than authors want to be left out.
func (s *Set) declared(key sieveKey, members []int) sieve {
	gates := make([]*prefilter.Gate, len(members))
	for i, at := range members {
		gates[i] = s.signatures[at].declaredGate(key)
	}
	return sieve{gates: orNone(gates)}
}

// orNone returns nil where there is no gate at all.
func orNone(gates []*prefilter.Gate) []*prefilter.Gate {
	if !slices.ContainsFunc(gates, func(g *prefilter.Gate) bool { return g != nil }) {
		return nil
	}
	return gates
}

// conditionOf asks for nothing where a program cannot tell, or fails to. What a
// program wraps decides for it: there is nothing to correlate without a match.
func conditionOf(p Program, event string) (c prefilter.Condition) {
	conditional, ok := p.(Conditional)
	if wrapper, wraps := p.(interface{ Unwrap() Program }); !ok && wraps {
		return conditionOf(wrapper.Unwrap(), event)
	}
	if !ok {
		return prefilter.Any()
	}
	defer func() {
		if recover() != nil {
			c = prefilter.Any()
		}
	}()
	return conditional.Condition(event)
}
