package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/weirsec/weir/signatures/sdk"
)

// Signal tells each signature that wants signals and selects events of the
// source, with the same protection as Evaluate. What they report belongs to
// the last event that they saw. Both slices are valid until the next call.
func (e *Evaluator) Signal(ctx context.Context, signal sdk.Signal) ([]Match, []Fault) {
	e.forget()
	for i := range e.slots {
		s := &e.slots[i]
		selects := slices.ContainsFunc(s.signature.Selectors, func(selector sdk.Selector) bool {
			return selector.Source == signal.Source
		})
		if s.receiver != nil && selects {
			e.tell(ctx, s, signal)
		}
	}
	if len(e.matches) > 0 {
		e.chain(ctx)
	}
	return e.matches, e.faults
}

// errNoEvent is the error of a report that no event can be given to.
var errNoEvent = errors.New("a finding was reported on a signal before any event was seen")

// tell delivers a signal to one signature.
func (e *Evaluator) tell(ctx context.Context, s *slot, signal sdk.Signal) {
	if s.standing.out.Load() != nil {
		s.counters.skipped.Add(1)
		return
	}
	e.at, e.kept = occasion{}, nil
	if s.last != nil {
		e.at = *s.last
		// A finding of its own, besides that on the event itself.
		e.at.cause += "signal." + string(signal.Kind)
		e.clock.Set(e.at.event.Time)
	}
	e.input.reset(e.at.event)
	s.events.Add(1)
	if err := s.hear(ctx, signal); err != nil || s.refused != nil {
		e.fault(s, err)
	}
}

func (s *slot) hear(ctx context.Context, signal sdk.Signal) (err error) {
	defer caught(&err)
	return s.receiver.OnSignal(ctx, signal)
}
