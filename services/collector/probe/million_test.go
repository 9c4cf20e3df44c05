package probe

import (
	"os"
	"strconv"
	"testing"
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
