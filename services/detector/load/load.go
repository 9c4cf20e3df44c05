package load

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/signatures"
)

// shippedPrefix stands before the files of shipped signatures in messages.
const shippedPrefix = "shipped"

// Load loads what is asked for, once: see Loader.
func Load(ctx context.Context, r Request) (*engine.Set, []problem.Problem, error) {
	return NewLoader(r).Load(ctx, nil)
}

// loadPack loads the shipped signatures of a pack.
func loadPack(ctx context.Context, pack signatures.Pack, loader *rego.Loader) ([]engine.Program, []problem.Problem) {
	if len(pack.IDs) == 0 {
		if pack.Name == "none" {
			return nil, nil
		}
		return nil, []problem.Problem{{
			Severity: problem.Warning, File: "pack " + pack.Name, Message: "this version ships no signature in it",
		}}
	}
	all, problems := shipped(ctx, loader)
	programs := slices.DeleteFunc(all, func(p engine.Program) bool {
		return !slices.Contains(pack.IDs, p.Metadata().ID)
	})
	return programs, problems
}

// distinct leaves out directories that are named twice.
func distinct(dirs []string) ([]string, error) {
	var kept, seen []string
	for _, dir := range dirs {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return nil, fmt.Errorf("signature directory %s: %w", dir, err)
		}
		if !slices.Contains(seen, absolute) {
			kept, seen = append(kept, dir), append(seen, absolute)
		}
	}
	return kept, nil
}

// withoutCopies leaves out signatures that are there already, word for word,
// and tells of those that share an id with another.
func withoutCopies(programs []engine.Program) ([]engine.Program, []problem.Problem) {
	var kept []engine.Program
	var problems []problem.Problem
	for _, p := range programs {
		id := p.Metadata().ID
		same := slices.DeleteFunc(slices.Clone(kept), func(k engine.Program) bool { return id == "" || k.Metadata().ID != id })
		warn := func(format string, args ...any) {
			problems = append(problems, problem.Problem{
				Severity: problem.Warning, File: p.Source(), Message: fmt.Sprintf(format, args...),
			})
		}
		copied := slices.IndexFunc(same, func(k engine.Program) bool { return k.Digest() == p.Digest() })
		switch {
		case copied >= 0:
			warn("not loaded: it is a copy of %s (%s)", id, same[copied].Source())
			continue
		case len(same) > 0:
			warn("the id %s is also that of %s: both are loaded, and both make findings", id, same[0].Source())
		}
		kept = append(kept, p)
	}
	return kept, problems
}
