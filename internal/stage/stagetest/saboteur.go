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

// newSaboteur returns a handler that remembers where the inner one does.
func newSaboteur(inner stage.Handler, w *witness) stage.Handler {
	s := &saboteur{inner, w}
	if keeper, ok := inner.(stage.Keeper); ok {
		return &remembering{s, keeper}
	}
	return s
}

// remembering is a saboteur of a handler that remembers.
type remembering struct {
	*saboteur
	keeper stage.Keeper
}

func (r *remembering) Checkpoint() ([]byte, error) { return r.keeper.Checkpoint() }

func (r *remembering) Restore(data []byte) error { return r.keeper.Restore(data) }

// replay lets the inner handler see what it saw when the message was handled.
func (s *saboteur) replay(ctx context.Context, in stage.Message) ([]stage.Output, error) {
	if fate := fateOf(in.ID, 1); fate == fatePoison || fate == fateCursed {
		return nil, errPoison
	}
	outputs, err := s.inner.Handle(ctx, in)
	if err == nil {
		s.witness.replayed(in, outputs)
	}
	return outputs, err
}

// Handle lets the inner handler work, or not.
func (s *saboteur) Handle(ctx context.Context, in stage.Message) ([]stage.Output, error) {
	if in.Replayed {
		return s.replay(ctx, in)
	}
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
