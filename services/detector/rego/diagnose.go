package rego

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/problem"
)

// maxProblems is how many errors of one file are told: the later ones tend to
// follow from the earlier.
const maxProblems = 5

// diagnosis turns OPA's errors into problems.
type diagnosis struct {
	// texts holds the files by name, for the lines that are shown.
	texts map[string]string
	// refused holds the names of functions that signatures may not call.
	refused map[string]bool
}

// errors returns the problems of one file.
func (d *diagnosis) errors(file string, list ast.Errors) []problem.Problem {
	var problems []problem.Problem
	for _, e := range list[:min(len(list), maxProblems)] {
		problems = append(problems, d.at(problem.Error, file, e.Location, d.message(e)))
	}
	return problems
}

// at is a problem at a place, which may be nil.
func (d *diagnosis) at(s problem.Severity, file string, l *ast.Location, message string) problem.Problem {
	p := problem.Problem{Severity: s, File: file, Message: message}
	if l == nil {
		return p
	}
	if l.File != "" {
		p.File = l.File
	}
	p.Line, p.Column = l.Row, l.Col
	if lines := strings.Split(d.texts[p.File], "\n"); l.Row >= 1 && l.Row <= len(lines) {
		p.Source = strings.TrimSuffix(lines[l.Row-1], "\r")
	}
	return p
}

// message says what is wrong, and what to do where the reason is ours.
func (d *diagnosis) message(e *ast.Error) string {
	if name, found := strings.CutPrefix(e.Message, "undefined function "); found && d.refused[name] {
		return name + " is not available to signatures: " +
			"they have no network, clock, randomness or access to the process, and nothing without bounds"
	}
	return strings.TrimSpace(e.Message)
}
