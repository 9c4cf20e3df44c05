package load

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/rego"
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
	return &Loader{
		request: r, rego: rego.NewLoader(rego.Options{Timeout: r.Timeout}),
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
	programs, problems := loadPack(ctx, pack, l.rego)
	dirs, err := distinct(r.Dirs)
	if err != nil {
		return nil, nil, err
	}
	for _, dir := range dirs {
		more, found, err := l.directory(dir).load(ctx, l.rego)
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
	programs, found := withoutCopies(programs)
	problems = append(problems, found...)
	if len(r.Only) > 0 {
		if programs, err = choose(programs, r.Only); err != nil {
			return nil, problems, &UnknownError{err}
		}
	}
	return engine.NewSet(programs, r.Limits), problems, nil
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
