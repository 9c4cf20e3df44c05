package engine

import (
	"errors"
	"fmt"

	"github.com/weirsec/weir/services/detector/state"
)

// Rejection is a program that a Set does not have because something is wrong
// with it.
type Rejection struct {
	// ID is the signature's id where it is known, Source where it comes from.
	ID, Source string
	Err        error
}

// admit makes a member of a program. An author's code that panics here costs
// its own signature only.
func admit(p Program) (member *Signature, rejected *Rejection) {
	member = &Signature{program: p, standing: &standing{}}
	err := member.describe(p)
	if _, panicked := errors.AsType[panicError](err); panicked {
		err = fmt.Errorf("the signature cannot say what it is: %w", err)
	}
	if err != nil {
		return nil, &Rejection{ID: member.Metadata.ID, Source: member.Source, Err: err}
	}
	return member, nil
}

// describe asks the program what it says of itself.
func (s *Signature) describe(p Program) (err error) {
	defer caught(&err)
	s.Source = p.Source()
	s.Metadata = p.Metadata()
	if checked, ok := p.(Checked); ok {
		if err := checked.Check(); err != nil {
			return err
		}
	}
	s.Selectors = normalise(p.Selectors())
	for _, selector := range s.Selectors {
		if err := selector.Where.Validate(selector.Name); err != nil {
			return fmt.Errorf("selector of %s: where: %w", selector.Name, err)
		}
	}
	s.Digest = p.Digest()
	if stateful, ok := p.(Stateful); ok {
		for _, spec := range stateful.State() {
			s.stores = append(s.stores, state.Spec{Name: spec.Name, TTL: spec.TTL, MaxEntries: spec.MaxEntries})
		}
		if err := state.ValidateAll(s.stores); err != nil {
			return fmt.Errorf("declared state: %w", err)
		}
	}
	if s.Metadata.ID == QuarantineID {
		return errors.New("the id " + QuarantineID + " is Weir's own: choose another")
	}
	return nil
}
