package engine

import (
	"errors"
	"fmt"
)

// Closer is an Instance that has something to let go. Close is called once,
// after the last event.
type Closer interface {
	Close()
}

// Heir is an Instance that can go on with what another one has, of the same
// signature with the same content, which evaluates nothing any more.
type Heir interface {
	// Inherit is called before anything is evaluated.
	Inherit(from Instance)
}

// Close ends the instances that want to be told. The Evaluator must not be used
// afterwards; the counters stay. The error names each signature that panicked:
// the others are closed all the same.
func (e *Evaluator) Close() error {
	var failed []error
	for i := range e.slots {
		if c, ok := e.slots[i].instance.(Closer); ok {
			failed = append(failed, closeOne(c, e.slots[i].signature))
		}
	}
	return errors.Join(failed...)
}

func closeOne(c Closer, s *Signature) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("close signature %s (%s): %w", s.Metadata.ID, s.Source, panicError{value})
		}
	}()
	c.Close()
	return nil
}
