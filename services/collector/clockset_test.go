package collector

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// Each time that the clock is set is told once, and small corrections are not.
func TestClockWatch(t *testing.T) {
	var says bytes.Buffer
	c := &clockWatch{log: slog.New(slog.NewTextHandler(&says, nil))}
	for _, step := range []struct {
		ahead time.Duration
		says  string
	}{
		{0, ""},
		{900 * time.Millisecond, ""},
		{time.Hour, "clock_ahead_of_events=1h0m0s"},
		{time.Hour + 100*time.Millisecond, ""},
		{-30 * time.Second, "clock_ahead_of_events=-30s"},
		{-30 * time.Second, ""},
		{10 * time.Millisecond, "agrees with the times of events again"},
		{0, ""},
	} {
		says.Reset()
		c.compare(step.ahead)
		if got := says.String(); !strings.Contains(got, step.says) || (step.says == "") != (got == "") {
			t.Errorf("%v ahead: says %q, want %q", step.ahead, got, step.says)
		}
	}
}

// The clocks are compared once a second at most, and those of a machine whose clock
// nobody sets agree.
func TestClockWatchLooks(t *testing.T) {
	boot, _, err := readClocks()
	if err != nil {
		t.Fatal(err)
	}
	var says bytes.Buffer
	c := &clockWatch{boot: boot, log: slog.New(slog.NewTextHandler(&says, nil))}
	now := time.Now()
	c.look(now)
	if says.Len() > 0 {
		t.Errorf("says %s", says.String())
	}
	// By another start of the machine the clock was set since.
	c.boot -= int64(time.Hour)
	c.look(now.Add(lookAtClock / 2))
	if says.Len() > 0 {
		t.Errorf("looks after half a second: %s", says.String())
	}
	c.look(now.Add(lookAtClock))
	if !strings.Contains(says.String(), "the wall clock was set") {
		t.Errorf("says %q", says.String())
	}
}
