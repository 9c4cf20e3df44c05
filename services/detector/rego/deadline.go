package rego

import (
	"time"

	"github.com/weirsec/weir/services/detector/stopwatch"
)

// pollsPerLook is how many times topdown asks before the clock is read.
const pollsPerLook = 8

// deadline tells topdown when to stop. It is a topdown.Cancel without a timer
// or a goroutine, used by one goroutine, again for each evaluation.
type deadline struct {
	watch  stopwatch.Stopwatch
	polls  int
	passed bool
}

// start gives the next evaluation its time.
func (d *deadline) start(limit time.Duration) {
	d.polls, d.passed = 0, false
	d.watch.Start(limit)
}

// stop ends the evaluation's time. It is called by the goroutine that started it.
func (d *deadline) stop() { d.watch.Stop() }

// Cancel ends the evaluation at once.
func (d *deadline) Cancel() { d.passed = true }

// Cancelled reports whether the evaluation must end.
func (d *deadline) Cancelled() bool {
	d.polls++
	if !d.passed && d.polls%pollsPerLook == 0 {
		d.passed = d.watch.Over()
	}
	return d.passed
}
