package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/services/detector/rego/target"
	"github.com/weirsec/weir/services/detector/sigtest"
)

// testEngines loads the signatures that are asked for once for each engine.
// What is wrong with single files is told once.
func testEngines(ctx context.Context, r load.Request) ([]sigtest.Engine, []problem.Problem, error) {
	compiled, problems, err := load.Load(ctx, r)
	if err != nil {
		return nil, problems, err
	}
	r.Reference = true
	reference, _, err := load.Load(ctx, r)
	if err != nil {
		return nil, problems, err
	}
	return []sigtest.Engine{
		{Name: rego.TierCompiled, Set: compiled}, {Name: rego.TierTopdown, Set: reference},
	}, problems, nil
}

// testTargets are what test rules run on: the same two.
func testTargets() []sigtest.Target {
	return []sigtest.Target{{Name: rego.TierCompiled, OPA: target.Name()}, {Name: rego.TierTopdown, OPA: "rego"}}
}

// workspaces reads the files that a request names. Of the shipped ones those of
// the pack are kept.
func workspaces(ctx context.Context, r load.Request, trees []load.Tree) ([]*rego.Workspace, error) {
	var found []*rego.Workspace
	for _, t := range trees {
		w := rego.Open(t.FS, t.Prefix)
		if t.Shipped {
			set, _, err := load.Load(ctx, load.Request{Pack: r.Pack})
			if err != nil {
				return nil, err
			}
			w.Signatures = slices.DeleteFunc(w.Signatures, func(u *rego.Unit) bool {
				return !slices.ContainsFunc(set.Signatures(), func(s *engine.Signature) bool { return s.Source == u.Name })
			})
		}
		found = append(found, w)
	}
	return found, nil
}

// suites finds the tests that a request names. Of the shipped ones those of the
// pack are taken.
func suites(trees []load.Tree) ([]*sigtest.Suite, []problem.Problem) {
	var found []*sigtest.Suite
	var problems []problem.Problem
	for _, t := range trees {
		some, bad := sigtest.Find(t.FS, t.Prefix)
		if t.Shipped {
			some = slices.DeleteFunc(some, func(s *sigtest.Suite) bool { return !slices.Contains(t.IDs, s.Signature) })
		}
		found, problems = append(found, some...), append(problems, bad...)
	}
	return found, problems
}

// tell writes problems, each once, and returns how many are errors.
func tell(w io.Writer, problems ...[]problem.Problem) int {
	told := map[string]bool{}
	bad := 0
	for _, p := range slices.Concat(problems...) {
		text := p.String()
		if told[text] {
			continue
		}
		told[text] = true
		fmt.Fprintln(w, text)
		if p.Severity == problem.Error {
			bad++
		}
	}
	return bad
}

// printJSON writes a document for programs.
func printJSON(w io.Writer, document any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(document)
}
