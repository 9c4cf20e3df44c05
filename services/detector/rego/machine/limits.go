package machine

import (
	"errors"
	"time"
)

// ErrBudget is what evaluations fail with that take too long or too much.
var ErrBudget = errors.New("evaluation exceeded its budget")

// Limits bound one evaluation; zero values mean the defaults.
type Limits struct {
	// Time is how much of a processor it may use, looked at now and then; one
	// second. By the clock on the wall it may last ten times as long.
	Time time.Duration
	// Steps is how often loops may turn and functions be called; one million,
	// which is some 50 ms. That a signature that never ends may hold its stream up
	// for so long, a few times, is why it is not more.
	Steps int64
	// Bytes is how much memory it may ask for; 64 MiB.
	Bytes int64
}

func (l Limits) orDefault() Limits {
	if l.Time <= 0 {
		l.Time = time.Second
	}
	if l.Steps <= 0 {
		l.Steps = 1_000_000
	}
	if l.Bytes <= 0 {
		l.Bytes = 64 << 20
	}
	return l
}
