package engine

import "sync/atomic"

// counters belong to one slot of one Evaluator: they are atomic so that others
// can read them, and nobody else writes them.
type counters struct {
	events, matches, errors, skipped atomic.Uint64
	sampled, sampledNanos            atomic.Uint64
}

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
	// Forgotten is what its correlation left out.
	Forgotten Forgotten
}

// Stats returns the counters of each member, in the order of Signatures.
func (s *Set) Stats() []Stats {
	s.mu.Lock()
	evaluators := s.evaluators
	s.mu.Unlock()
	all := make([]Stats, len(s.signatures))
	for i, member := range s.signatures {
		all[i].Signature = member
		for _, e := range evaluators {
			c := &e.slots[i].counters
			all[i].Events += c.events.Load()
			all[i].Skipped += c.skipped.Load()
			all[i].Matches += c.matches.Load()
			all[i].Errors += c.errors.Load()
			all[i].Sampled += c.sampled.Load()
			all[i].Nanos += c.sampledNanos.Load()
			all[i].Forgotten = all[i].Forgotten.Plus(forgotten(e.slots[i].instance))
		}
	}
	return all
}
