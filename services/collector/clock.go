package collector

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// sinceBoot returns the nanoseconds since boot, the clock of all records.
func sinceBoot() (int64, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0, fmt.Errorf("collector: boot clock: %w", err)
	}
	return t.Nano(), nil
}

// readClocks returns when the machine booted in Unix nanoseconds and the
// nanoseconds since. The pair is read until nothing came in between.
func readClocks() (bootTime, since int64, err error) {
	for range 100 {
		before, err := sinceBoot()
		if err != nil {
			return 0, 0, err
		}
		now := time.Now().UnixNano()
		if since, err = sinceBoot(); err != nil {
			return 0, 0, err
		}
		bootTime = now - (before+since)/2
		if since-before < 2000 {
			break
		}
	}
	return bootTime, since, nil
}

func readBootID() (string, error) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("collector: boot id: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
