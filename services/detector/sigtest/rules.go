package sigtest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/weirsec/weir/services/detector/rego"
)

// topdownTarget is OPA's own evaluator: the one that can be traced.
func topdownTarget() Target { return Target{Name: "topdown", OPA: "rego"} }

// ruleTimeout is the longest that one test rule may take.
const ruleTimeout = 10 * time.Second

// ruleFile runs the test rules of one file on each target.
func (p Plan) ruleFile(ctx context.Context, unit *rego.Unit, cov *coverage) ([]Outcome, error) {
	targets := p.Targets
	if len(targets) == 0 {
		targets = []Target{topdownTarget()}
	}
	var outcomes []Outcome
	for _, target := range targets {
		results, err := p.runner(ctx, unit, target, func(r *tester.Runner) { r.EnableTracing(true) })
		if err != nil {
			return nil, err
		}
		for _, r := range results {
			outcomes = append(outcomes, ruleOutcome(unit, target, r))
		}
	}
	if cov != nil {
		// Tracing and coverage exclude each other, so the rules run again.
		_, err := p.runner(ctx, unit, topdownTarget(), func(r *tester.Runner) { r.SetCoverageQueryTracer(cov.cover) })
		if err != nil {
			return nil, fmt.Errorf("the coverage could not be taken: %w", err)
		}
	}
	slices.SortStableFunc(outcomes, func(a, b Outcome) int { return cmp.Compare(a.Line, b.Line) })
	return outcomes, nil
}

// runner runs the file's rules once and returns the results that are its own:
// the signatures that it needs may hold test rules of theirs.
func (p Plan) runner(ctx context.Context, unit *rego.Unit, t Target, set func(*tester.Runner)) ([]*tester.Result, error) {
	compiler := ast.NewCompiler().
		WithCapabilities(rego.Capabilities()).
		WithDefaultRegoVersion(unit.Dialect).
		WithEnablePrintStatements(true)
	runner := tester.NewRunner().
		SetCompiler(compiler).
		SetModules(unit.Modules()).
		SetTimeout(ruleTimeout).
		Target(t.OPA).
		SetParallel(1)
	var own []*tester.Builtin
	for _, f := range rego.Functions() {
		own = append(own, &tester.Builtin{Func: f})
	}
	runner.AddCustomBuiltins(own)
	set(runner)
	results, err := runner.RunTests(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", unit.Name, err)
	}
	var kept []*tester.Result
	for r := range results {
		switch {
		case r.Location == nil || r.Location.File != unit.Name:
		case p.Filter != nil && !p.Filter.MatchString(ruleName(r)):
		default:
			kept = append(kept, r)
		}
	}
	return kept, nil
}

func ruleName(r *tester.Result) string { return strings.TrimPrefix(r.Package, "data.") + "." + r.Name }

// ruleOutcome tells what came of one rule.
func ruleOutcome(unit *rego.Unit, t Target, r *tester.Result) Outcome {
	o := Outcome{
		File: unit.Name, Line: r.Location.Row, Suite: strings.TrimPrefix(r.Package, "data."), Name: r.Name,
		Engine: t.Name, Status: StatusPass, Duration: r.Duration, Output: string(r.Output),
	}
	switch {
	case r.Skip:
		o.Status = StatusSkip
	case r.Error != nil:
		o.Status = StatusFail
		o.Failures = []Failure{{Event: -1, Message: "the evaluation failed: " + r.Error.Error()}}
	case r.Fail:
		o.Status = StatusFail
		o.Failures = ruleFailures(r)
	}
	return o
}

// ruleFailures tells why a rule is not true: each case of it that is not, or
// the expression that was.
func ruleFailures(r *tester.Result) []Failure {
	var failures []Failure
	for path, sub := range r.SubResults.Iter {
		if sub.Fail && len(sub.SubResults) == 0 {
			failures = append(failures, failedAt("case "+strings.Join(path, "/")+" is not true", sub.Trace))
		}
	}
	if failures == nil {
		failures = []Failure{failedAt("the rule is not true", r.Trace)}
	}
	return failures
}

// failedAt adds the last expression that failed, with the values in it.
func failedAt(message string, trace []*topdown.Event) Failure {
	f := Failure{Event: -1, Message: message}
	for _, e := range slices.Backward(trace) {
		expr, ok := e.Node.(*ast.Expr)
		if e.Op != topdown.FailOp || e.Location == nil || e.QueryID == 0 || !ok {
			continue
		}
		if _, every := expr.Terms.(*ast.Every); every {
			continue // what failed is inside
		}
		f.Message += fmt.Sprintf(": %s:%d", e.Location.File, e.Location.Row)
		var text bytes.Buffer
		if err := topdown.PrettyEvent(&text, e, topdown.PrettyEventOpts{PrettyVars: true}); err != nil {
			return f
		}
		f.Diff = strings.Split(strings.TrimRight(strings.ReplaceAll(text.String(), "\t", " "), "\n"), "\n")
		return f
	}
	return f
}
