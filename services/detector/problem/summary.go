package problem

import "fmt"

// Summary is the last line below the problems of a load: how many files or
// signatures are not loaded, and how many signatures are.
func Summary(bad, loaded int) string {
	noun := "signatures"
	if loaded == 1 {
		noun = "signature"
	}
	return fmt.Sprintf("%d not loaded (see above), %d %s loaded", bad, loaded, noun)
}
