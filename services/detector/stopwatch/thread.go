package stopwatch

import (
	"time"

	"golang.org/x/sys/unix"
)

// ThreadTime returns how much of a processor the calling thread has used since
// it began, below 0 where the kernel does not say. Two of them can be compared
// only while the goroutine is locked to its thread.
func ThreadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return -1
	}
	return time.Duration(t.Nano())
}
