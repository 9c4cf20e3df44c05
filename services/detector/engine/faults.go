package engine

import (
	"errors"
	"fmt"
	"time"
)

// fault notes that an evaluation failed, and takes the signature out where
// that was one failure too many.
func (e *Evaluator) fault(s *slot, err error) {
	if s.refused != nil {
		err, s.refused = errors.Join(err, s.refused), nil
	}
	s.counters.errors.Add(1)
	kind, err := contain(err)
	f := Fault{Signature: s.signature, Event: e.at.event, Kind: kind, Err: err}
	var q *Quarantine
	if kind == FaultError {
		q = s.watching.failed(s.events.Load(), &e.set.limits)
	} else if n, last := s.standing.strike(e.set.limits.Strikes); last {
		q = &Quarantine{Reason: Reason(kind), Count: n, Detail: fmt.Sprintf("the last of %d strikes: %v", n, err)}
	}
	f.Quarantined = q != nil && s.standing.retire(*q)
	e.faults = append(e.faults, f)
	if f.Quarantined {
		e.announce(s.signature, *q)
	}
}

// timed notes how long an evaluation took. Evaluations are sampled evenly for
// the statistics; those that are timed because the last one was slow count for
// the quarantine only.
func (e *Evaluator) timed(s *slot, took time.Duration, sampled bool) {
	if sampled {
		s.counters.sampledNanos.Add(uint64(took))
		s.counters.sampled.Add(1)
	}
	q := s.watching.timing(took, &e.set.limits)
	if q == nil || !s.standing.retire(*q) {
		return
	}
	e.faults = append(e.faults, Fault{
		Signature: s.signature, Event: e.at.event, Kind: FaultCost, Err: errors.New(q.Detail), Quarantined: true,
	})
	e.announce(s.signature, *q)
}
