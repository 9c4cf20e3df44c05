package engine

import (
	"errors"
	"fmt"
)

// ErrBudget marks an evaluation that was cut off because it took too long or
// too much.
var ErrBudget = errors.New("evaluation exceeded its budget")

// Limits says what the engine bears from one signature.
type Limits struct {
	// Strikes is how many panics and exceeded budgets quarantine a signature;
	// 0 means 3.
	Strikes int
}

// Validate returns an error that names the field which makes no sense.
func (l Limits) Validate() error {
	if l.Strikes < 0 {
		return fmt.Errorf("strikes must not be negative: %d", l.Strikes)
	}
	return nil
}

func (l Limits) orDefault() Limits {
	if l.Strikes <= 0 {
		l.Strikes = 3
	}
	return l
}
