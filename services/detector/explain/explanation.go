package explain

import (
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/signatures/sdk"
)

// Outcome is what the engine made of the event.
type Outcome string

// The outcomes.
const (
	// Matched means that there is a finding.
	Matched Outcome = "match"
	// NotMatched means that the signature saw the event and was silent.
	NotMatched Outcome = "no match"
	// NotSelected means that no selector takes the event.
	NotSelected Outcome = "not selected"
	// Failed means that the evaluation could not be finished.
	Failed Outcome = "error"
)

// Explanation is why one signature did or did not match one event.
type Explanation struct {
	Signature string `json:"signature"`
	Version   string `json:"version"`
	Source    string `json:"source"`
	// EventName and Origin are those of the event.
	EventName string     `json:"event_name"`
	Origin    string     `json:"origin"`
	Selectors []Selector `json:"selectors"`
	// Needs are the kernel events that the signature needs, and what they are
	// narrowed to; Recorded is whether the event is one of those: where it is
	// not, the kernel records it only if somebody else wants it, or it is of a
	// kind that is always recorded.
	Needs    []interest.Event `json:"needs"`
	Recorded bool             `json:"recorded"`
	Outcome  Outcome          `json:"outcome"`
	// Data holds the document of each match, nil for one without.
	Data []map[string]any `json:"data,omitempty"`
	// Error is why the evaluation could not be finished.
	Error string `json:"error,omitempty"`
	// Rules are the rules that were entered, for signatures in Rego. Where no
	// selector takes the event, they tell what would come of it otherwise.
	Rules []Rule `json:"rules,omitempty"`
	// Note says why there are no rules.
	Note string `json:"note,omitempty"`
}

// Selector is one selector and whether it takes the event.
type Selector struct {
	sdk.Selector
	// Takes is true where source, name and origin all fit. Reason says what
	// does not.
	Takes  bool   `json:"takes"`
	Reason string `json:"reason,omitempty"`
}

// Rule is one rule, or one of several bodies of a rule.
type Rule struct {
	Name string `json:"name"`
	File string `json:"file"`
	Line int    `json:"line"`
	// Holds is true where the whole body held at least once.
	Holds bool `json:"holds"`
	// Calls is how often the rule was entered. The steps are those of the call
	// that got furthest.
	Calls int    `json:"calls"`
	Steps []Step `json:"steps"`
}

// StepStatus tells what came of an expression.
type StepStatus string

// What comes of an expression.
const (
	StepTrue StepStatus = "true"
	// StepFailed is an expression that was false or undefined: the body ended
	// there.
	StepFailed StepStatus = "false or undefined"
	// StepNotReached is an expression behind one that failed.
	StepNotReached StepStatus = "not reached"
)

// Step is one expression of a body.
type Step struct {
	Line   int        `json:"line"`
	Text   string     `json:"text"`
	Status StepStatus `json:"status"`
	// Values are those of the variables, fields and calls in the expression.
	Values []Value `json:"values,omitempty"`
	// Tries is how many values the expression failed for, where it was tried
	// with several.
	Tries int `json:"tries,omitempty"`
	// Hint says what else is known about a failure.
	Hint string `json:"hint,omitempty"`
}

// Value is what a name stood for, as JSON and not longer than a line.
type Value struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
