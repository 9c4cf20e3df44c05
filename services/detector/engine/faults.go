package engine

import (
	"errors"
	"fmt"
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

// dear takes a signature out that costs too much.
func (e *Evaluator) dear(s *slot, q Quarantine) {
	if !s.standing.retire(q) {
		return
	}
	e.faults = append(e.faults, Fault{
		Signature: s.signature, Event: e.at.event, Kind: FaultCost, Err: errors.New(q.Detail), Quarantined: true,
	})
	e.announce(s.signature, q)
}
