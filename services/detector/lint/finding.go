package lint

import (
	"cmp"
	"slices"

	"github.com/weirsec/weir/services/detector/problem"
)

// Severity tells how much a finding matters.
type Severity string

// The severities, the gravest first.
const (
	// Error is what cannot do what its author means.
	Error Severity = "error"
	// Warning is what most likely does not.
	Warning Severity = "warning"
	// Info is what could be better.
	Info Severity = "info"
)

// Rank orders severities: 0 for Info, 2 for Error.
func (s Severity) Rank() int {
	return slices.Index([]Severity{Info, Warning, Error}, s)
}

// Finding is one thing that should be mended.
type Finding struct {
	// Rule is the stable id of the rule that found it, as in Rules.
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	// File, Line and Column tell where; lines and columns count from 1 and
	// are 0 where the file as a whole is meant.
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	// Source is the line of the file.
	Source string `json:"source,omitempty"`
}

// String returns the finding for people: one line, and where the place is known
// the source line with a caret.
func (f Finding) String() string {
	return problem.Problem{
		Severity: problem.Error, File: f.File, Line: f.Line, Column: f.Column, Source: f.Source,
		Message: string(f.Severity) + " " + f.Rule + ": " + f.Message,
	}.String()
}

// order compares findings by place, then by rule.
func order(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
}
