package sigtest

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/rego"
)

// Engine is one way to evaluate signatures: the same ones on each.
type Engine struct {
	Name string
	Set  *engine.Set
}

// Target is one way to evaluate test rules, by the name that OPA knows it by.
type Target struct{ Name, OPA string }

// Plan says what is to be tested.
type Plan struct {
	// Engines are what the cases run on, at least one.
	Engines []Engine
	// Targets are what the test rules run on; none means OPA's own evaluator.
	Targets []Target
	Suites  []*Suite
	// Workspaces hold the test rules, and the signatures for the coverage.
	Workspaces []*rego.Workspace
	// Filter picks tests by "<signature>/<case>" or "<package>.<rule>"; nil
	// picks all.
	Filter *regexp.Regexp
	// LoadedOnly leaves out the suites of signatures that are not loaded, which
	// otherwise fail.
	LoadedOnly bool
	// Coverage asks for the lines that the tests reached.
	Coverage bool
}

// Run runs the plan. It returns an error where it was stopped; what is wrong
// with a single test is in its Outcome.
func (p Plan) Run(ctx context.Context) (*Report, error) {
	r := &Report{Outcomes: []Outcome{}}
	var cov *coverage
	if p.Coverage {
		cov = newCoverage(ctx, p.Workspaces, p.Engines[0].Set)
	}
	for _, suite := range p.Suites {
		if p.LoadedOnly && !p.loaded(suite.Signature) {
			continue
		}
		for _, e := range p.enginesFor(suite.Signature) {
			r.Outcomes = append(r.Outcomes, p.suite(ctx, e, suite)...)
		}
		if cov != nil {
			cov.suite(ctx, p.Engines[0].Set, p.filtered(suite))
		}
	}
	for _, w := range p.Workspaces {
		for _, unit := range w.Tests {
			if p.LoadedOnly && !p.concerns(unit) {
				continue
			}
			outcomes, err := p.ruleFile(ctx, unit, cov)
			if err != nil {
				return nil, err
			}
			r.Outcomes = append(r.Outcomes, outcomes...)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("the tests were stopped: %w", err)
	}
	r.Untested = p.untested()
	if cov != nil {
		r.Coverage = cov.report()
	}
	return r, nil
}

// goEngine is what runs signatures in Go, whichever engine runs those in Rego.
const goEngine = "go"

// enginesFor returns the engines that differ for a signature: one that is
// written in Go is the same on all.
func (p Plan) enginesFor(id string) []Engine {
	inGo := slices.ContainsFunc(p.Engines[0].Set.Signatures(), func(s *engine.Signature) bool {
		return s.Metadata.ID == id && strings.HasPrefix(s.Source, "go:")
	})
	if inGo {
		return []Engine{{Name: goEngine, Set: p.Engines[0].Set}}
	}
	return p.Engines
}

// suite runs the cases of one file on one engine.
func (p Plan) suite(ctx context.Context, e Engine, s *Suite) []Outcome {
	s = p.filtered(s)
	if len(s.Cases) == 0 {
		return nil
	}
	results, err := Run(ctx, e.Set, s)
	if err != nil {
		return []Outcome{{
			File: s.File, Suite: s.Signature, Name: "(all)", Engine: e.Name, Status: StatusFail,
			Failures: []Failure{{Event: -1, Message: err.Error()}},
		}}
	}
	var outcomes []Outcome
	for i, r := range results {
		o := Outcome{
			File: s.File, Line: s.Cases[i].Line, Suite: s.Signature, Name: r.Case, Engine: e.Name,
			Status: StatusPass, Duration: r.Duration, Failures: r.Failures,
		}
		if !r.Passed() {
			o.Status = StatusFail
		}
		outcomes = append(outcomes, o)
	}
	return outcomes
}

// filtered is the suite with the cases that the filter picks.
func (p Plan) filtered(s *Suite) *Suite {
	if p.Filter == nil {
		return s
	}
	picked := *s
	picked.Cases = slices.DeleteFunc(slices.Clone(s.Cases), func(c Case) bool {
		return !p.Filter.MatchString(s.Signature + "/" + c.Name)
	})
	return &picked
}

// loaded reports whether a signature of that id is in the sets.
func (p Plan) loaded(id string) bool {
	return slices.ContainsFunc(p.Engines[0].Set.Signatures(), func(s *engine.Signature) bool {
		return s.Metadata.ID == id
	})
}

// concerns reports whether a file of test rules uses a loaded signature.
func (p Plan) concerns(unit *rego.Unit) bool {
	modules := unit.Modules()
	return slices.ContainsFunc(p.Engines[0].Set.Signatures(), func(s *engine.Signature) bool {
		return modules[s.Source] != nil
	})
}

// untested returns the ids of the loaded signatures that no suite names and no
// file of test rules uses.
func (p Plan) untested() []string {
	var ids []string
	for _, s := range p.Engines[0].Set.Signatures() {
		id := s.Metadata.ID
		named := slices.ContainsFunc(p.Suites, func(suite *Suite) bool { return suite.Signature == id })
		used := slices.ContainsFunc(p.Workspaces, func(w *rego.Workspace) bool {
			return slices.ContainsFunc(w.Tests, func(u *rego.Unit) bool { return u.Modules()[s.Source] != nil })
		})
		if !named && !used {
			ids = append(ids, cmp.Or(id, s.Source))
		}
	}
	return ids
}
