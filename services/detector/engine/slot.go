package engine

import (
	"context"
	"errors"

	"github.com/weirsec/weir/services/detector/state"
)

// slot is one signature's place in an Evaluator: its instance, what it
// remembers, and what is noticed of it.
type slot struct {
	signature *Signature
	standing  *standing
	instance  Instance
	// receiver is the instance where it wants signals, nil otherwise; last is
	// then the last event that it saw.
	receiver Receiver
	last     *occasion
	stores   []*state.Store
	watch    watch
	counters counters
	// reported is how many bytes the evaluation has reported so far, and
	// refused the error of one that reported too much.
	reported int
	refused  error
}

// open makes the instance of a member. One that cannot be made fails each
// evaluation, until the strikes take it out.
func (s *slot) open(e *Evaluator, i int, member *Signature) {
	s.signature, s.standing = member, member.standing
	for _, spec := range member.stores {
		s.stores = append(s.stores, state.New(spec, &e.clock))
	}
	if err := s.instantiate(e, i); err != nil {
		s.instance = unable{err}
	}
	s.receiver, _ = s.instance.(Receiver)
}

func (s *slot) instantiate(e *Evaluator, i int) (err error) {
	defer caught(&err)
	s.instance = s.signature.program.NewInstance(func(r Report) { e.report(&e.slots[i], r) })
	if s.instance == nil {
		return errors.New("the signature has no instance")
	}
	if hosted, ok := s.instance.(Hosted); ok {
		hosted.UseHost(&host{evaluator: e, slot: &e.slots[i]})
	}
	return nil
}

// unable takes the place of an instance that could not be made.
type unable struct{ err error }

func (u unable) Evaluate(context.Context, *Input) error { return u.err }
