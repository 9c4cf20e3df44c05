package load

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/plugin"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/services/detector/source"
)

// Loader loads one Request again and again. What has not changed since the last
// time is not compiled again, and a file of a directory that does not load any
// more stays in force as it last was. It is safe for concurrent use.
type Loader struct {
	request Request
	rego    *rego.Loader

	mu          sync.Mutex
	directories map[string]*directory
	// bundles are the names of those that the last Load had.
	bundles []string
}

// NewLoader returns a Loader that has loaded nothing yet.
func NewLoader(r Request) *Loader {
	if r.plugins == nil {
		r.plugins = plugin.NewLoader()
	}
	return &Loader{
		request: r, rego: rego.NewLoader(rego.Options{Timeout: r.Timeout, Reference: r.Reference}),
		directories: make(map[string]*directory),
	}
}

// Request returns what the Loader loads.
func (l *Loader) Request() Request { return l.request }

// Load loads what is asked for and, besides it, bundles of signature files by
// their names. Problems say what is wrong with single files, which keeps
// nothing else from loading; an error means that the request itself cannot be
// met: an unknown pack, a missing directory, a signature by a name that nothing
// has.
func (l *Loader) Load(ctx context.Context, bundles map[string]fs.FS) (*engine.Set, []problem.Problem, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.request
	if err := r.Validate(); err != nil {
		return nil, nil, err
	}
	pack, err := r.pack()
	if err != nil {
		return nil, nil, err
	}
	plugged := newPlugins(r)
	programs, problems := loadPack(ctx, pack, l.rego)
	dirs, err := distinct(r.Dirs)
	if err != nil {
		return nil, nil, err
	}
	for _, dir := range dirs {
		more, found, err := l.directory(dir).load(ctx, l.rego, plugged)
		if err != nil {
			return nil, nil, err
		}
		programs, problems = append(programs, more...), append(problems, found...)
	}
	bundled, told := l.loadBundles(ctx, bundles)
	programs, problems = append(programs, bundled...), append(problems, told...)
	if err := ctx.Err(); err != nil {
		return nil, problems, fmt.Errorf("loading was stopped: %w", err)
	}
	programs, found := correlated(programs)
	problems = append(problems, found...)
	programs, found = withoutCopies(programs)
	problems = append(problems, found...)
	if len(r.Only) > 0 {
		if programs, err = choose(programs, r.Only); err != nil {
			return nil, problems, &UnknownError{err}
		}
	}
	sources, err := source.NewRegistry(plugged.sources...)
	if err != nil {
		return nil, problems, fmt.Errorf("data sources: %w", err)
	}
	set := engine.NewSet(programs, r.Limits, engine.WithSources(sources.With(r.Misses)), engine.OnUndeclared(r.warnUndeclared))
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

// loadBundles loads bundles in the order of their names, and forgets those that
// are gone.
func (l *Loader) loadBundles(ctx context.Context, bundles map[string]fs.FS) ([]engine.Program, []problem.Problem) {
	for _, name := range l.bundles {
		if _, stays := bundles[name]; !stays {
			l.rego.Forget(BundlePrefix(name))
		}
	}
	l.bundles = slices.Sorted(maps.Keys(bundles))
	var programs []engine.Program
	var problems []problem.Problem
	for _, name := range l.bundles {
		more, found := l.rego.Load(ctx, bundles[name], BundlePrefix(name))
		programs, problems = append(programs, more...), append(problems, found...)
	}
	return programs, problems
}

// directory returns what is known of a directory.
func (l *Loader) directory(name string) *directory {
	d, ok := l.directories[name]
	if !ok {
		d = &directory{name: name}
		l.directories[name] = d
	}
	return d
}

// BundlePrefix stands before the files of a bundle in messages.
func BundlePrefix(name string) string { return "bundle " + name }
