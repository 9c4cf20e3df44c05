package engine

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/prefilter"
)

// Conditional is a Program that can say what it asks of an event.
type Conditional interface {
	// Condition returns what must hold of an event of that name for the
	// signature to match it. Evaluations without need are skipped by it.
	Condition(event string) prefilter.Condition
}

// sieve thins out the signatures that selected the events of one kind.
type sieve struct {
	// selected are the signatures, by their places in the Set.
	selected []int
	// index is nil where all of them have to look at every event.
	index      *prefilter.Index
	candidates prefilter.Bits
}

// newSieve returns the sieve of the signatures that select events of a name.
func (s *Set) newSieve(event string, selected []int) *sieve {
	made := &sieve{selected: selected}
	conditions := make([]prefilter.Condition, len(selected))
	for i, at := range selected {
		if c, ok := s.signatures[at].program.(Conditional); ok {
			conditions[i] = c.Condition(event)
		}
	}
	if index := prefilter.NewIndex(conditions); index.Useful() {
		made.index, made.candidates = index, index.NewBits()
	}
	return made
}

// sift finds the candidates for an event; it reports false where all selected
// signatures are.
func (s *sieve) sift(e *event.Event) bool {
	if s.index == nil {
		return false
	}
	s.index.Candidates(e, s.candidates)
	return true
}
