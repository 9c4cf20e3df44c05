package plugin

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/signatures/sdk"
)

// Loader loads plugins and remembers those that the process has. It is safe for
// concurrent use.
type Loader struct {
	mu sync.Mutex
	// loaded is by the real path of the file.
	loaded map[string]opened
}

// NewLoader returns a Loader. A process needs one.
func NewLoader() *Loader { return &Loader{loaded: make(map[string]opened)} }

// Loaded is what plugins export.
type Loaded struct {
	Programs []engine.Program
	Sources  []sdk.DataSource
	// Problems are about single files, or about single signatures in them. They
	// keep nothing else from loading.
	Problems []problem.Problem
}

// Load loads every plugin below a directory. Known are the data sources that are
// there already: one of the same name is a problem. Signatures of Tracee log to
// logger, which may be nil.
func (l *Loader) Load(ctx context.Context, dir string, known []sdk.DataSource, logger *slog.Logger) Loaded {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all Loaded
	paths, problems := files(dir)
	all.Problems = problems
	for _, path := range paths {
		if err := ctx.Err(); err != nil {
			all.Problems = append(all.Problems, failure(path, fmt.Errorf("loading was stopped: %w", err)))
			break
		}
		o, changed, err := l.open(path)
		if err != nil {
			all.Problems = append(all.Problems, failure(path, err))
			continue
		}
		if changed {
			all.Problems = append(all.Problems, warning(path,
				"the file has changed, but Go cannot replace code: the one that was loaded first works until this program starts again"))
		}
		r := reader{file: path, digest: o.digest, find: o.find, logger: logger, known: known, into: &all}
		r.read()
	}
	return all
}

// open opens a file, or finds it open. Changed reports that its content is
// another than the one that is loaded.
func (l *Loader) open(path string) (o opened, changed bool, err error) {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return opened{}, false, err
	}
	digest, err := digestOf(real)
	if err != nil {
		return opened{}, false, err
	}
	o, known := l.loaded[real]
	if !known {
		o = attempt(real, digest)
		if o.digest != "" {
			l.loaded[real] = o
		}
	}
	return o, o.digest != digest, o.err
}
