package probe

import (
	"os"
	"strconv"
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
)

// performedOpens is how many opens the test of exactness performs: a million
// where WEIR_OPENS says so.
func performedOpens(t *testing.T) int {
	t.Helper()
	text := os.Getenv("WEIR_OPENS")
	if text == "" {
		return 200_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("WEIR_OPENS: %v", err)
	}
	return n
}

// Marked opens at full speed: those that arrive and those that are counted as
// lost are those that were performed, and no number is missing unexplained.
func TestOpensAreExact(t *testing.T) {
	n := performedOpens(t)
	path := marked(t)
	var pid int
	w := watch(t, Config{}, []string{"openat"}, func() { pid = child(t, "opens", path, strconv.Itoa(n)) })
	got := 0
	for _, e := range w.of("openat", pid) {
		if text(t, e, "pathname") == path {
			got++
		}
	}
	k := count(t, w.probe, catalogue.Openat)
	if !k.Balanced() || uint64(got)+k.Lost() < uint64(n) || got > n {
		t.Errorf("%d arrived of %d; the kernel counts %+v", got, n, k)
	}
	if k.Lost() == 0 && got != n {
		t.Errorf("%d arrived of %d without a loss", got, n)
	}
	if gaps := w.lost("sequence_gap", ""); gaps != 0 {
		t.Errorf("%d numbers are missing without a reason", gaps)
	}
	t.Logf("performed %d, arrived %d, lost %d", n, got, k.Lost())
}
