package engine

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/weirsec/weir/services/detector/state"
)

// slot is one signature's place in an Evaluator. It has what every evaluation
// touches, and no more, because an event may pass hundreds of them.
type slot struct {
	standing *standing
	instance Instance
	events   atomic.Uint64
	// refused is the error of an evaluation that reported what it may not.
	refused error
	// watched is whether every evaluation is looked at, not one in many: the
	// last one took too long, or the instance wants signals.
	watched bool
	*desk
}

// desk is the rest of a slot: what the instance remembers, and what is noticed
// of it.
type desk struct {
	signature *Signature
	// receiver is the instance where it wants signals, nil otherwise; last is
	// then the last event that it saw.
	receiver Receiver
	last     *occasion
	stores   []*state.Store
	counters counters
	watching watch
	// reported is how many bytes the evaluation of that number has reported so
	// far.
	reporting uint64
	reported  int
}

// open makes the instance of a member. One that cannot be made fails each
// evaluation, until the strikes take it out.
func (s *slot) open(e *Evaluator, i int, member *Signature) {
	s.standing, s.desk = member.standing, &desk{signature: member}
	s.watching.unwaiting = neverWaits(member.program)
	for _, spec := range member.stores {
		s.stores = append(s.stores, state.New(spec, &e.clock))
	}
	if err := s.instantiate(e, i); err != nil {
		s.instance = unable{err}
	}
	s.receiver, s.watched = s.instance.(Receiver)
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
