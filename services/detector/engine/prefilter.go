package engine

import (
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
	known map[sieveKey]*prefilter.Index
}

type sieveKey struct {
	routeKey
	findings bool
}

// sieve returns the prefilter of the members that an event is delivered to, nil
// where all of them have to look at every event.
func (s *Set) sieve(key sieveKey, members []int) *prefilter.Index {
	s.sieves.mu.Lock()
	defer s.sieves.mu.Unlock()
	if index, known := s.sieves.known[key]; known {
		return index
	}
	conditions := make([]prefilter.Condition, len(members))
	for i, at := range members {
		conditions[i] = conditionOf(s.signatures[at].program, key.name)
	}
	index := prefilter.NewIndex(conditions)
	if !index.Useful() {
		index = nil
	}
	if s.sieves.known == nil {
		s.sieves.known = make(map[sieveKey]*prefilter.Index)
	}
	if len(s.sieves.known) < maxRoutes {
		s.sieves.known[key] = index
	}
	return index
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
