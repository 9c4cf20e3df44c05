package stopwatch

import (
	"runtime"
	"testing"
	"time"
)

// work uses so much of a processor and asks meanwhile.
func work(s *Stopwatch, d time.Duration) (over bool) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for until := ThreadTime() + d; ThreadTime() < until; {
		if s.Over() {
			return true
		}
	}
	return false
}

func TestOver(t *testing.T) {
	const limit = 100 * time.Millisecond
	for _, c := range []struct {
		name string
		do   func(*Stopwatch) bool
		want bool
	}{
		{"worked less", func(s *Stopwatch) bool { return work(s, limit/2) }, false},
		{"worked longer", func(s *Stopwatch) bool { return work(s, 2*limit) }, true},
		{"paused in the middle", func(s *Stopwatch) bool {
			over := work(s, limit/4)
			time.Sleep(3 * limit)
			return work(s, limit/4) || over
		}, false},
		{"paused at the start", func(s *Stopwatch) bool {
			time.Sleep(3 * limit)
			return work(s, limit/2)
		}, false},
		{"paused and worked longer", func(s *Stopwatch) bool {
			work(s, limit/4)
			time.Sleep(2 * limit)
			return work(s, limit)
		}, true},
		{"waited for ever", func(s *Stopwatch) bool {
			over := s.Over()
			time.Sleep(patience * limit)
			return s.Over() || over
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Stopwatch
			if s.Running() {
				t.Error("it runs before it is started")
			}
			s.Start(limit)
			defer s.Stop()
			if got := c.do(&s); got != c.want {
				t.Errorf("over: %t, want %t", got, c.want)
			}
			if !s.Running() {
				t.Error("it does not run")
			}
		})
	}
}

// What one evaluation used does not count for the next.
func TestStartAgain(t *testing.T) {
	const limit = 50 * time.Millisecond
	var s Stopwatch
	for range 3 {
		s.Start(limit)
		if work(&s, 3*limit/5) {
			t.Error("over too soon")
		}
	}
	s.Stop()
	if s.Running() {
		t.Error("it runs after it was stopped")
	}
}

func BenchmarkStartOver(b *testing.B) {
	var s Stopwatch
	for b.Loop() {
		s.Start(time.Second)
		s.Over()
		s.Stop()
	}
}
