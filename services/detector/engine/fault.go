package engine

import "github.com/weirsec/weir/schemas/event"

// FaultKind is what went wrong in an evaluation.
type FaultKind string

// The kinds of faults.
const (
	// FaultError is an error that the signature returned.
	FaultError FaultKind = "error"
	// FaultPanic is a panic, which the engine caught.
	FaultPanic FaultKind = "panic"
	// FaultBudget is an evaluation that was cut off.
	FaultBudget FaultKind = "budget"
)

// Fault is an evaluation that gave no answer.
type Fault struct {
	Signature *Signature
	Event     *event.Event
	Kind      FaultKind
	Err       error
	// Quarantined is true for the fault that took the signature out.
	Quarantined bool
}
