package engine

import (
	"fmt"

	"github.com/weirsec/weir/schemas/event"
)

// FaultKind is what went wrong in an evaluation.
type FaultKind string

// The kinds of faults.
const (
	// FaultError is an error that the signature returned.
	FaultError FaultKind = "error"
	// FaultPanic is a panic, which the engine caught.
	FaultPanic FaultKind = "panic"
	// FaultBudget is an evaluation that was cut off, or reported too much.
	FaultBudget FaultKind = "budget"
	// FaultCost is a signature whose evaluations end well but take too long.
	FaultCost FaultKind = "cost"
)

// Fault is an evaluation that gave no answer, or was the last one that is
// borne.
type Fault struct {
	Signature *Signature
	// Event is what was evaluated; nil for a signal before any event.
	Event *event.Event
	Kind  FaultKind
	Err   error
	// Quarantined is true for the fault that took the signature out.
	Quarantined bool
}

// panicError is a panic as an error.
type panicError struct{ value any }

func (p panicError) Error() string { return fmt.Sprint("panic: ", p.value) }

// caught makes an error of a panic. It is deferred by whoever runs an author's
// code, and outside the hot path only.
func caught(err *error) {
	if value := recover(); value != nil {
		*err = panicError{value}
	}
}
