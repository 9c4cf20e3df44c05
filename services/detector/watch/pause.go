package watch

import "time"

// pause waits for quiet: each extension puts its end off, up to a limit counted
// from the first one.
type pause struct {
	timer *time.Timer
	last  time.Time
}

// extend puts the end off.
func (p *pause) extend(now time.Time, quiet, most time.Duration) {
	if p.timer == nil {
		p.last = now.Add(most)
		p.timer = time.NewTimer(min(quiet, most))
		return
	}
	p.timer.Reset(max(0, min(quiet, p.last.Sub(now))))
}

// over is told when the pause ends; never while none has begun.
func (p *pause) over() <-chan time.Time {
	if p.timer == nil {
		return nil
	}
	return p.timer.C
}
