package sigtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/weirsec/weir/services/detector/engine"
)

// Result is what came of one case.
type Result struct {
	Case string `json:"case"`
	// Failures say what was not as expected; none means that the case passed.
	Failures []Failure `json:"failures,omitempty"`
	// Duration is what the evaluation of the events took.
	Duration time.Duration `json:"duration_ns"`
}

// Passed reports whether everything was as expected.
func (r Result) Passed() bool { return len(r.Failures) == 0 }

// Run gives the events of each case to the set, through its selectors, and
// compares the findings of the signature under test. It returns an error where
// the set has no such signature.
func Run(ctx context.Context, set *engine.Set, s *Suite) ([]Result, error) {
	known := slices.IndexFunc(set.Signatures(), func(member *engine.Signature) bool {
		return member.Metadata.ID == s.Signature
	})
	if known < 0 {
		return nil, fmt.Errorf("the signature %q is not loaded", s.Signature)
	}
	var results []Result
	for _, c := range s.Cases {
		start := time.Now()
		var failures []Failure
		if set.Signatures()[known].Quarantined() {
			// It would be silent, which a case may even expect.
			failures = []Failure{{Event: -1, Message: "the signature was taken out for its faults in cases before this one"}}
		} else {
			failures = c.run(ctx, set.Evaluator(), s.Signature)
		}
		results = append(results, Result{Case: c.Name, Failures: failures, Duration: time.Since(start)})
	}
	return results, nil
}

// run returns what was not as expected in one case.
func (c Case) run(ctx context.Context, evaluator *engine.Evaluator, id string) []Failure {
	var failures []Failure
	expected := c.Findings
	for i, e := range c.Events {
		fail := func(diff []string, format string, args ...any) {
			failures = append(failures, Failure{
				Event: i, EventName: e.Name(), Message: fmt.Sprintf(format, args...), Diff: diff,
			})
		}
		matches, faults := evaluator.Evaluate(ctx, e)
		for _, f := range faults {
			if f.Signature.Metadata.ID == id {
				fail(nil, "the evaluation failed: %v", f.Err)
			}
		}
		for _, m := range matches {
			if m.Signature.Metadata.ID != id {
				continue
			}
			got := text(m.Data)
			if len(expected) == 0 || expected[0].Event != i {
				fail(nil, "a finding that is not expected, data %s", got)
				continue
			}
			if want := text(expected[0].Data); expected[0].Data != nil && got != want {
				fail(diff(expected[0].Data, m.Data), "the data is not as expected")
			}
			expected = expected[1:]
		}
		for len(expected) > 0 && expected[0].Event == i {
			fail(nil, "no finding%s", withData(expected[0].Data))
			expected = expected[1:]
		}
	}
	return failures
}

// withData says what data a finding was expected to have.
func withData(data map[string]any) string {
	if data == nil {
		return ""
	}
	return ", expected one with data " + text(data)
}

// text is a document as it is compared and shown: JSON with its keys in order.
func text(data map[string]any) string {
	b, err := json.Marshal(data)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
