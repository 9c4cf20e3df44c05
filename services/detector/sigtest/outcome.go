package sigtest

import "time"

// Status is how a test ended.
type Status string

// The ends of a test.
const (
	StatusPass Status = "pass"
	StatusFail Status = "fail"
	// StatusSkip is a rule whose name begins with todo_test_: its author says
	// that it is not to be run.
	StatusSkip Status = "skip"
)

// Outcome is what came of one test on one engine.
type Outcome struct {
	// File and Line are where the test is written.
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	// Suite is the id of the signature under test, or the package of a rule.
	Suite  string `json:"suite"`
	Name   string `json:"name"`
	Engine string `json:"engine"`
	Status Status `json:"status"`
	// Duration is in nanoseconds.
	Duration time.Duration `json:"duration_ns"`
	Failures []Failure     `json:"failures,omitempty"`
	// Output is what the rule printed.
	Output string `json:"output,omitempty"`
}

// Report is what came of all tests.
type Report struct {
	Outcomes []Outcome `json:"outcomes"`
	// Untested are the ids of the signatures that no test names.
	Untested []string `json:"untested,omitempty"`
	// Coverage is nil unless it was asked for.
	Coverage []FileCoverage `json:"coverage,omitempty"`
}

// Count returns how many tests ended so.
func (r *Report) Count(s Status) int {
	n := 0
	for _, o := range r.Outcomes {
		if o.Status == s {
			n++
		}
	}
	return n
}
