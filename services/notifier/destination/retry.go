package destination

import (
	"errors"
	"fmt"
	"time"
)

// ErrRefused is wrapped by the error of a Destination that will not take this
// finding at another attempt either.
var ErrRefused = errors.New("finding refused")

// RetryError is an error of a Destination that said when to try again.
type RetryError struct {
	// After is how long it asked to be left alone.
	After time.Duration
	Err   error
}

// Error returns the text of Err with the time.
func (e *RetryError) Error() string { return fmt.Sprintf("%v (try again after %s)", e.Err, e.After) }

// Unwrap returns Err.
func (e *RetryError) Unwrap() error { return e.Err }
