package processtree

import (
	"errors"
	"time"
)

// Limits bounds a Tree.
type Limits struct {
	// Bytes is how much memory its processes and threads may take; a quarter of
	// it is for threads other than the first of a process.
	Bytes int
	// Grace is how long a process is still known after it exited, in event
	// time: events of it may come after that, and look-ups later still.
	Grace time.Duration
}

// threadShare is the part of the memory that is for threads, one in that many.
const threadShare = 4

// Default returns limits for a busy node: some 30,000 processes and as many
// threads.
func Default() Limits { return Limits{Bytes: 56 << 20, Grace: 2 * time.Minute} }

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
