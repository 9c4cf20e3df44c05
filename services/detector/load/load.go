package load

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/services/detector/source"
	"github.com/weirsec/weir/signatures"
)

// shippedPrefix stands before the files of shipped signatures in messages.
const shippedPrefix = "shipped"

// Load loads what is asked for. Problems say what is wrong with single files,
// which keeps nothing else from loading; an error means that the request itself
// cannot be met: an unknown pack, a missing directory, a signature by a name
// that nothing has.
func Load(ctx context.Context, r Request) (*engine.Set, []problem.Problem, error) {
	if err := r.Validate(); err != nil {
		return nil, nil, err
	}
	pack, err := r.pack()
	if err != nil {
		return nil, nil, err
	}
	plugged := newPlugins(r)
	loader := rego.NewLoader(rego.Options{Timeout: r.Timeout})
	programs, problems := loadPack(ctx, pack, loader)
	dirs, err := distinct(r.Dirs)
	if err != nil {
		return nil, nil, err
	}
	for _, dir := range dirs {
		more, found, err := loadDir(ctx, dir, loader, plugged)
		if err != nil {
			return nil, nil, err
		}
		programs, problems = append(programs, more...), append(problems, found...)
	}
	programs, found := correlated(programs)
	problems = append(problems, found...)
	programs, found = withoutCopies(programs)
	problems = append(problems, found...)
	if len(r.Only) > 0 {
		if programs, err = choose(programs, r.Only); err != nil {
			return nil, problems, err
		}
	}
	sources, err := source.NewRegistry(plugged.sources...)
	if err != nil {
		return nil, problems, fmt.Errorf("data sources: %w", err)
	}
	set := engine.NewSet(programs, r.Limits, engine.WithSources(sources))
	return set, append(problems, rejections(set)...), nil
}

// rejections tells of the programs that the engine did not take.
func rejections(set *engine.Set) []problem.Problem {
	var problems []problem.Problem
	for _, r := range set.Rejected() {
		message := r.Err.Error()
		if r.ID != "" {
			message = r.ID + ": " + message
		}
		problems = append(problems, problem.Problem{Severity: problem.Error, File: r.Source, Message: message})
	}
	return problems
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

// loadDir loads a directory of the operator's.
func loadDir(ctx context.Context, dir string, loader *rego.Loader, plugged *plugins) ([]engine.Program, []problem.Problem, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("signature directory: %w", err)
	}
	if !info.IsDir() {
		return nil, nil, fmt.Errorf("signature directory: %s is a file: name the directory that holds it", dir)
	}
	if _, err := fs.ReadDir(os.DirFS(dir), "."); err != nil {
		return nil, nil, fmt.Errorf("signature directory %s: %w", dir, err)
	}
	programs, problems := loader.Load(ctx, os.DirFS(dir), dir)
	compiled, found := plugged.load(ctx, dir)
	programs, problems = append(programs, compiled...), append(problems, found...)
	if len(programs) == 0 {
		problems = append(problems, problem.Problem{
			Severity: problem.Warning, File: dir, Message: "no signature was loaded from this directory",
		})
	}
	return programs, problems, nil
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
