package stagetest

import (
	"context"
	"errors"
	"hash/fnv"

	"github.com/weirsec/weir/internal/stage"
)

// fate is what happens to an input.
type fate int

const (
	fateGood fate = iota
	// fatePoison fails for good at the first attempt.
	fatePoison
	// fateCursed panics at every attempt.
	fateCursed
	// fateErr and fatePanic fail at this attempt only.
	fateErr
	fatePanic
	// fateErrLate fails after the work was done.
	fateErrLate
)

var (
	errPoison    = errors.New("poison\r\nwith a line of its own")
	errTransient = errors.New("transient")
)

// saboteur makes a handler fail, in the same way in every run of the test.
type saboteur struct {
	inner   stage.Handler
	witness *witness
}

// Handle lets the inner handler work, or not.
func (s *saboteur) Handle(ctx context.Context, in stage.Message) ([]stage.Output, error) {
	fate := fateOf(in.ID, s.witness.attempt(in.ID))
	switch fate {
	case fatePoison:
		return nil, stage.Permanent(errPoison)
	case fateErr:
		return nil, errTransient
	case fatePanic, fateCursed:
		panic("sabotage of " + in.ID)
	}
	outputs, err := s.inner.Handle(ctx, in)
	if err != nil {
		return outputs, err
	}
	s.witness.handled(in, outputs)
	if fate == fateErrLate {
		return nil, errTransient
	}
	return outputs, nil
}

// fateOf is the same for the same message and attempt; from the third attempt
// on only the cursed fail.
func fateOf(id string, attempt int) fate {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	switch h.Sum32() % 20 {
	case 0:
		return fatePoison
	case 1:
		return fateCursed
	}
	if attempt > 2 {
		return fateGood
	}
	_, _ = h.Write([]byte{byte(attempt)})
	switch h.Sum32() % 10 {
	case 0:
		return fateErr
	case 1:
		return fatePanic
	case 2:
		return fateErrLate
	default:
		return fateGood
	}
}
