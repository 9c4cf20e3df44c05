package engine

import (
	"fmt"
	"time"
)

// leastTimed is how many timed evaluations there must be before their cost is
// judged: one long pause of the machine is not the signature's fault.
const leastTimed = 8

// watch is what one partition notices of a signature's latest evaluations. It
// costs nothing where an evaluation neither fails nor is timed.
type watch struct {
	// since is the number of the evaluation that began the window of failures.
	since, failures uint64
	// timed evaluations took this long together.
	timed int
	took  time.Duration
	// hot is whether the last one took too long, so that the next one is timed
	// as well instead of one in many.
	hot bool
}

// failed notes that evaluation n failed, and returns the quarantine that this
// deserves, if any.
func (w *watch) failed(n uint64, l *Limits) *Quarantine {
	if w.failures == 0 || n-w.since >= uint64(l.ErrorWindow) {
		w.since, w.failures = n, 0
	}
	w.failures++
	evaluations := n - w.since + 1
	if evaluations < uint64(l.ErrorMinimum) || float64(w.failures) < l.ErrorShare*float64(evaluations) {
		return nil
	}
	return &Quarantine{
		Reason: ReasonErrors, Count: w.failures,
		Detail: fmt.Sprintf("%d of %d evaluations failed", w.failures, evaluations),
	}
}

// timing notes how long an evaluation took, and returns the quarantine that
// this deserves, if any: as soon as the mean of the window cannot be borne any
// more, whatever the rest of it takes.
func (w *watch) timing(took time.Duration, l *Limits) *Quarantine {
	w.timed++
	w.took += took
	w.hot = took > l.Cost
	if w.took > l.Cost*time.Duration(l.CostWindow) && w.timed >= min(leastTimed, l.CostWindow) {
		return &Quarantine{
			Reason: ReasonCost, Count: uint64(w.timed),
			Detail: fmt.Sprintf("%d timed evaluations took %s, and %s is borne for %d",
				w.timed, w.took.Round(time.Microsecond), l.Cost*time.Duration(l.CostWindow), l.CostWindow),
		}
	}
	if w.timed >= l.CostWindow {
		w.timed, w.took = 0, 0
	}
	return nil
}
