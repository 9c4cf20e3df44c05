package engine

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrBudget marks an evaluation that was cut off because it took too long or
// too much.
var ErrBudget = errors.New("evaluation exceeded its budget")

// Limits says what the engine bears from one signature. Zero fields mean the
// defaults.
type Limits struct {
	// Strikes is how many panics and exceeded budgets quarantine a signature;
	// 0 means 3.
	Strikes int
	// ErrorShare is which share of the evaluations in a window must fail to
	// quarantine a signature, up to 1; 0 means 0.9. More than 1 means never.
	ErrorShare float64
	// ErrorWindow is how many evaluations of one partition are looked at, from
	// a failure on; 0 means 1,024. ErrorMinimum is how many there must be
	// before they are judged; 0 means 256.
	ErrorWindow, ErrorMinimum int
	// Cost is what an evaluation may use of a processor in the mean before the
	// signature is quarantined, and how long it may take where it waits for
	// something else, unless it is Unwaiting; 0 means 5 ms.
	Cost time.Duration
	// CostWindow is how many timed evaluations of one partition the mean is
	// taken over; 0 means 64.
	CostWindow int
	// DocumentBytes bounds what one evaluation reports, as JSON and about: more
	// is an exceeded budget instead of a finding. 0 means 256 KiB.
	DocumentBytes int
}

// Validate returns an error that names the field which makes no sense.
func (l Limits) Validate() error {
	for _, field := range []struct {
		name     string
		negative bool
		value    any
	}{
		{"strikes", l.Strikes < 0, l.Strikes},
		{"error share", l.ErrorShare < 0 || math.IsNaN(l.ErrorShare), l.ErrorShare},
		{"error window", l.ErrorWindow < 0, l.ErrorWindow},
		{"error minimum", l.ErrorMinimum < 0, l.ErrorMinimum},
		{"cost", l.Cost < 0, l.Cost},
		{"cost window", l.CostWindow < 0, l.CostWindow},
		{"document bytes", l.DocumentBytes < 0, l.DocumentBytes},
	} {
		if field.negative {
			return fmt.Errorf("limits: %s must not be negative: %v", field.name, field.value)
		}
	}
	if full := l.orDefault(); full.ErrorMinimum > full.ErrorWindow {
		return fmt.Errorf("limits: the error minimum of %d evaluations is more than the error window of %d: "+
			"nothing would ever be judged", full.ErrorMinimum, full.ErrorWindow)
	}
	return nil
}

func (l Limits) orDefault() Limits {
	orElse(&l.Strikes, 3)
	orElse(&l.ErrorShare, 0.9)
	orElse(&l.ErrorWindow, 1024)
	orElse(&l.ErrorMinimum, min(256, l.ErrorWindow))
	orElse(&l.Cost, 5*time.Millisecond)
	orElse(&l.CostWindow, 64)
	orElse(&l.DocumentBytes, 256<<10)
	return l
}

// orElse gives a field that says nothing its default.
func orElse[T int | float64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
