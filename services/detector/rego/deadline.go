package rego

import "time"

// pollsPerLook is how many times topdown asks before the clock is read.
const pollsPerLook = 8

// deadline tells topdown when to stop. It is a topdown.Cancel without a timer
// or a goroutine, used by one goroutine, again for each evaluation.
type deadline struct {
	until  time.Time
	polls  int
	passed bool
}

// start gives the next evaluation its time.
func (d *deadline) start(limit time.Duration) {
	*d = deadline{until: time.Now().Add(limit)}
}

// Cancel ends the evaluation at once.
func (d *deadline) Cancel() { d.passed = true }

// Cancelled reports whether the evaluation must end.
func (d *deadline) Cancelled() bool {
	d.polls++
	if !d.passed && d.polls%pollsPerLook == 0 {
		d.passed = time.Now().After(d.until)
	}
	return d.passed
}
