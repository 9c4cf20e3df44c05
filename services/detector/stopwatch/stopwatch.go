package stopwatch

import (
	"runtime"
	"time"
)

const (
	// unpinnedPart is which part of its limit an evaluation may run before its
	// thread's clock is read: that costs more than a small evaluation.
	unpinnedPart = 20
	// patience is how many times its limit an evaluation may last by the clock on
	// the wall, whatever it waits for.
	patience = 10
)

// Stopwatch tells when one evaluation has used its time. The zero value is
// stopped. It is used by one goroutine at a time, again for each evaluation.
type Stopwatch struct {
	limit  time.Duration
	begun  time.Time
	pinned bool
	// before is what had been used by the moment at which the thread's clock said
	// since.
	before, since time.Duration
}

// Start begins an evaluation that may use limit of a processor.
func (s *Stopwatch) Start(limit time.Duration) {
	s.Stop()
	s.limit, s.begun = limit, time.Now()
}

// Running reports whether it was started, and not stopped since.
func (s *Stopwatch) Running() bool { return !s.begun.IsZero() }

// Over reports whether the evaluation has used its limit, or has lasted ten times
// as long. It must be asked now and then: the first twentieth of the limit is
// taken as used, whatever happened meanwhile, and a pause after it is not. From
// there on the goroutine stays on its thread until Stop.
func (s *Stopwatch) Over() bool {
	lasted := time.Since(s.begun)
	if !s.pinned {
		if lasted >= s.limit/unpinnedPart {
			runtime.LockOSThread()
			s.pinned, s.before, s.since = true, s.limit/unpinnedPart, ThreadTime()
		}
		return lasted >= patience*s.limit
	}
	if lasted < s.limit {
		return false
	}
	now := ThreadTime()
	if s.since < 0 || now < s.since {
		return true
	}
	return s.before+now-s.since >= s.limit || lasted >= patience*s.limit
}

// Stop ends the evaluation. It is called by the goroutine that asked.
func (s *Stopwatch) Stop() {
	if s.pinned {
		runtime.UnlockOSThread()
	}
	*s = Stopwatch{}
}
