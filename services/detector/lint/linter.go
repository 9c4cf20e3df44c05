package lint

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/services/detector/suggest"
)

// Options says what a signature is held against.
type Options struct {
	// EventNames are names of events besides those that Weir observes: those of
	// the findings of other signatures.
	EventNames []string
	// Wanted picks signatures by id or event name; empty picks all.
	Wanted []string
	// Compiled are the signatures that are not written in Rego, Broken what keeps
	// others of them from loading.
	Compiled []Compiled
	Broken   []problem.Problem
}

// Run looks at the signatures and tests of some directories, and at what those
// that are not written in Rego say of themselves. Findings are in
// the order of their places. It returns an error for a wanted signature that is
// not there.
func Run(ctx context.Context, workspaces []*rego.Workspace, opts Options) ([]Finding, error) {
	l := &linter{severities: map[string]Severity{}, looked: map[string]bool{}, shapes: catalogue.Shapes()}
	for _, r := range Rules() {
		l.severities[r.ID] = r.Severity
	}
	l.broken(opts.Broken)
	var all []*subject
	for _, w := range workspaces {
		l.broken(w.Problems)
		for _, u := range w.Signatures {
			s := newSubject(ctx, u)
			if s.err != nil {
				l.add(finding(ruleMetadata, u, s.at(s.unread), "it cannot be read: %v", s.err))
				continue
			}
			all = append(all, s)
		}
	}
	var speakers []*speaker
	for _, s := range all {
		speakers = append(speakers, s.speaker())
	}
	for _, c := range opts.Compiled {
		speakers = append(speakers, c.speaker())
	}
	l.names = append(catalogue.Names(), opts.EventNames...)
	for _, s := range speakers {
		l.names = append(l.names, s.metadata.EventName)
	}
	if err := unknown(speakers, opts.Wanted); err != nil {
		return nil, err
	}
	l.duplicates(speakers)
	for i, s := range speakers {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("linting was stopped: %w", err)
		}
		switch {
		case !s.wanted(opts.Wanted):
		case i < len(all):
			l.subject(ctx, all[i], s)
		default:
			l.metadata(s)
			l.selectors(s)
		}
	}
	slices.SortFunc(l.findings, order)
	return slices.Compact(l.findings), nil
}

// unknown returns an error where a signature is asked for that is not there.
func unknown(all []*speaker, wanted []string) error {
	var names []string
	for _, s := range all {
		names = append(names, s.metadata.ID, s.metadata.EventName)
	}
	for _, name := range wanted {
		if !slices.Contains(names, name) {
			return fmt.Errorf("no signature %q can be looked at%s", name, suggest.Hint(names, name))
		}
	}
	return nil
}

// linter collects findings.
type linter struct {
	severities map[string]Severity
	shapes     shapes
	// looked holds the libraries that were looked at: once is enough.
	looked map[string]bool
	// names are those of the events that there can be.
	names    []string
	findings []Finding
}

// add keeps a finding, with the severity of its rule unless it has one.
func (l *linter) add(list ...Finding) {
	for _, f := range list {
		if f.Severity == "" {
			f.Severity = l.severities[f.Rule]
		}
		l.findings = append(l.findings, f)
	}
}

// subject looks at one signature.
func (l *linter) subject(ctx context.Context, s *subject, spoken *speaker) {
	before := l.findings
	l.findings = nil
	if s.described {
		l.metadata(spoken)
	} else {
		l.add(spoken.aboutMetadata(ruleMetadata, "", "there is no %s: findings of this signature would have neither id nor name", metadataRule))
	}
	l.selectors(spoken)
	l.match(s)
	l.strict(s)
	l.types(s)
	l.patterns(s)
	l.processName(s)
	modules := s.unit.Modules()
	if !slices.ContainsFunc(slices.Concat(before, l.findings), func(f Finding) bool {
		return f.Severity == Error && modules[f.File] != nil
	}) {
		// What is misspelled, here or in a library, never matches either; one word
		// about it is enough.
		l.never(ctx, s)
	}
	found := l.findings
	l.findings = before
	kept, comments := ignored(s.unit, found)
	l.add(kept...)
	l.add(comments...)
}

// broken takes over what keeps files from compiling.
func (l *linter) broken(problems []problem.Problem) {
	for _, p := range problems {
		rule := ruleCompile
		if strings.Contains(p.Message, "is not available to signatures") {
			rule = ruleForbidden
		}
		l.add(Finding{Rule: rule, File: p.File, Line: p.Line, Column: p.Column, Message: p.Message, Source: p.Source})
	}
}

// finding is one at a place of a file.
func finding(rule string, u *rego.Unit, at *ast.Location, format string, args ...any) Finding {
	p := u.Problem(problem.Error, at, fmt.Sprintf(format, args...))
	return Finding{Rule: rule, File: p.File, Line: p.Line, Column: p.Column, Message: p.Message, Source: p.Source}
}
