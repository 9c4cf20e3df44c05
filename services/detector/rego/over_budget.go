package rego

import "github.com/weirsec/weir/services/detector/engine"

// overBudget is a machine's exceeded budget as the engine knows it: both say it
// in the same words, which people need to read only once.
type overBudget struct{ error }

// Unwrap returns the machine's error.
func (e *overBudget) Unwrap() error { return e.error }

// Is says that it is the engine's error as well.
func (e *overBudget) Is(target error) bool { return target == engine.ErrBudget }
