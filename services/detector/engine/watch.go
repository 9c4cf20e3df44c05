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
	// timed evaluations took so much of a processor together, and so long by
	// the clock; slow of them took longer by the clock than is borne.
	timed, slow   int
	used, elapsed time.Duration
	// hot is how many of the next evaluations are timed, each of them and by what
	// it uses of a processor, because one took too long by the clock.
	hot int
	// suspect is how long the evaluation took that made it hot, 0 for none: what
	// it used was not measured.
	suspect time.Duration
	// unwaiting says that the signature never waits, see Unwaiting.
	unwaiting bool
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

// timing notes how long an evaluation took by the clock, which is the most that
// it can have used of a processor, and returns the quarantine that this
// deserves, if any.
func (w *watch) timing(took time.Duration, l *Limits) *Quarantine {
	if took > l.Cost {
		w.hot, w.suspect = leastTimed, took
		return nil
	}
	w.add(took, took, l)
	return w.judge(l)
}

// measured is timing with what the evaluation used of a processor. The one
// before it that was slow and was not measured is taken to have used as much.
func (w *watch) measured(took, used time.Duration, l *Limits) *Quarantine {
	if w.suspect > 0 {
		w.add(w.suspect, min(w.suspect, used), l)
		w.suspect = 0
	}
	w.hot--
	w.add(took, used, l)
	return w.judge(l)
}

func (w *watch) add(took, used time.Duration, l *Limits) {
	w.timed++
	w.used += used
	w.elapsed += took
	if took > l.Cost {
		w.slow++
		w.hot = leastTimed
	}
}

// judge returns the quarantine that the window deserves: as soon as its mean
// cannot be borne any more, whatever the rest of it takes.
//
// What counts is what was used of a processor. One that has to be waited for
// makes few evaluations take very long, but many where the machine has far too much
// to do; a signature that waits for something itself takes long often. One that
// never does cannot be meant.
func (w *watch) judge(l *Limits) *Quarantine {
	borne := l.Cost * time.Duration(l.CostWindow)
	enough := w.timed >= min(leastTimed, l.CostWindow)
	detail := ""
	switch {
	case enough && w.used > borne:
		detail = fmt.Sprintf("%d timed evaluations used %s of a processor, and %s is borne for %d",
			w.timed, w.used.Round(time.Microsecond), borne, l.CostWindow)
	case enough && !w.unwaiting && w.elapsed > borne && (w.slow == w.timed || 3*w.slow > l.CostWindow):
		detail = fmt.Sprintf("%d timed evaluations took %s, and %s is borne for %d: they used %s of a processor and waited for the rest",
			w.timed, w.elapsed.Round(time.Microsecond), borne, l.CostWindow, w.used.Round(time.Microsecond))
	}
	n := w.timed
	if detail != "" || n >= l.CostWindow {
		w.timed, w.slow, w.used, w.elapsed = 0, 0, 0, 0
	}
	if detail == "" {
		return nil
	}
	return &Quarantine{Reason: ReasonCost, Count: uint64(n), Detail: detail}
}
