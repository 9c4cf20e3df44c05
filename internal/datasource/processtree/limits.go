package processtree

import (
	"errors"
	"time"
)

// Limits bounds a Tree.
type Limits struct {
	// Bytes is how much memory its processes may take.
	Bytes int
	// Grace is how long a process is still known after it exited, in event
	// time: events of it may come after that, and look-ups later still.
	Grace time.Duration
}

// Default returns limits for a busy node: some 30,000 processes.
func Default() Limits { return Limits{Bytes: 32 << 20, Grace: 2 * time.Minute} }

// Validate reports a limit that leaves no room at all.
func (l Limits) Validate() error {
	if l.Bytes < 256<<10 {
		return errors.New("processtree: at least 256 KiB are needed for processes")
	}
	if l.Grace < 0 {
		return errors.New("processtree: grace must not be negative")
	}
	return nil
}
