package engine

import (
	"errors"
	"fmt"
	"strings"

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

// maxErrorText bounds the text of an author's error, in bytes.
const maxErrorText = 1024

// contained is an author's error with its text taken once: it is bounded, and
// whoever logs it runs no more of the author's code.
type contained struct {
	text  string
	cause error
}

func (c contained) Error() string { return c.text }
func (c contained) Unwrap() error { return c.cause }

// contain classifies an error and takes its text.
func contain(err error) (kind FaultKind, safe error) {
	defer func() {
		if value := recover(); value != nil {
			kind, safe = FaultPanic, contained{text: "panic in the text of an error"}
		}
	}()
	kind = FaultError
	_, panicked := errors.AsType[panicError](err)
	switch {
	case panicked:
		kind = FaultPanic
	case errors.Is(err, ErrBudget):
		kind = FaultBudget
	}
	text := err.Error()
	if len(text) > maxErrorText {
		text = strings.ToValidUTF8(text[:maxErrorText], "") + "…"
	}
	return kind, contained{text: text, cause: err}
}
