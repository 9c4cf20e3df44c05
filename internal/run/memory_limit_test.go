package run

import (
	"log/slog"
	"runtime/debug"
	"testing"
)

func TestLimitMemory(t *testing.T) {
	size, err := Memory()
	if err != nil {
		t.Fatal(err)
	}
	const untouched = 128 << 20
	before := debug.SetMemoryLimit(-1)
	f := &Frame{Logger: slog.New(slog.DiscardHandler)}
	release := f.LimitMemory(t.Context(), untouched, func(string) string { return "" })
	// Nine tenths, whatever is rounded.
	if got := uint64(debug.SetMemoryLimit(-1)) - untouched; got > size/10*9+9 || got < size/10*9-90 {
		t.Errorf("of %d bytes %d are the limit", size, got)
	}
	release()
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("afterwards the limit is %d, before it was %d", got, before)
	}
	defer f.LimitMemory(t.Context(), untouched, func(name string) string { return map[string]string{"GOMEMLIMIT": "1GiB"}[name] })()
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("a limit that somebody has set becomes %d", got)
	}
}
