package engine

import (
	"sync/atomic"

	"github.com/weirsec/weir/services/detector/state"
)

// counters belong to one slot of one Evaluator: they are atomic so that others
// can read them, and nobody else writes them.
type counters struct {
	matches, errors, skipped atomic.Uint64
	sampled, sampledNanos    atomic.Uint64
}

// evaluatorCounters belong to one Evaluator.
type evaluatorCounters struct{ tooDeep, tooMany atomic.Uint64 }

// Stats is what a signature has done since its Set was made, in all
// partitions.
type Stats struct {
	Signature *Signature
	// Events is how many events were delivered, Skipped how many were not
	// because the signature is in quarantine.
	Events, Skipped uint64
	Matches, Errors uint64
	// Sampled is how many evaluations were timed and Nanos how long those took
	// together, in nanoseconds.
	Sampled, Nanos uint64
	// State is what its stores hold and had to forget.
	State state.Stats
	// Forgotten is what its correlation left out.
	Forgotten Forgotten
}

// Stats returns the counters of each member, in the order of Signatures.
func (s *Set) Stats() []Stats {
	evaluators := s.all()
	all := make([]Stats, len(s.signatures))
	for i, member := range s.signatures {
		all[i].Signature = member
		for _, e := range evaluators {
			e.slots[i].addTo(&all[i])
		}
	}
	return all
}

// Unlinked returns how many findings did not become events for those who
// select them, since the Set was made: because they were too deep in a chain of
// findings, or because one event had too many.
func (s *Set) Unlinked() (tooDeep, tooMany uint64) {
	for _, e := range s.all() {
		tooDeep += e.counters.tooDeep.Load()
		tooMany += e.counters.tooMany.Load()
	}
	return tooDeep, tooMany
}

func (s *Set) all() []*Evaluator {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.evaluators
}

func (s *slot) addTo(sum *Stats) {
	c := &s.counters
	sum.Events += s.events.Load()
	sum.Skipped += c.skipped.Load()
	sum.Matches += c.matches.Load()
	sum.Errors += c.errors.Load()
	sum.Sampled += c.sampled.Load()
	sum.Nanos += c.sampledNanos.Load()
	sum.Forgotten = sum.Forgotten.Plus(forgotten(s.instance))
	for _, store := range s.stores {
		held := store.Stats()
		sum.State.Entries += held.Entries
		sum.State.Full += held.Full
		sum.State.Overweight += held.Overweight
	}
}
