package rego

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
)

// DefaultTimeout is how long one evaluation may take.
const DefaultTimeout = time.Second

// Options says how signatures are loaded and run.
type Options struct {
	// Timeout is the longest that one evaluation may take; 0 means
	// DefaultTimeout.
	Timeout time.Duration
}

// Load loads every signature below a directory. Files are called by prefix and
// their path. What could not be loaded, or looks wrong, is told in problems and
// keeps nothing else from loading.
func Load(ctx context.Context, fsys fs.FS, prefix string, opts Options) ([]engine.Program, []problem.Problem) {
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	l := &loader{opts: opts, diagnosis: diagnosis{texts: map[string]string{builtinName: builtinLibrary}}}
	l.caps, l.diagnosis.refused = capabilities()
	sources, problems := collect(fsys, prefix)
	l.problems = problems
	signatures := l.sort(sources)
	var programs []engine.Program
	for _, p := range signatures {
		if ctx.Err() != nil {
			l.fail(p.name, fmt.Errorf("loading was stopped: %w", ctx.Err()))
			break
		}
		if loaded := l.load(ctx, p); loaded != nil {
			programs = append(programs, loaded)
		}
	}
	return programs, l.problems
}

// loader is the state of one Load.
type loader struct {
	opts      Options
	caps      *ast.Capabilities
	libraries []parsed
	diagnosis diagnosis
	problems  []problem.Problem
}

// sort parses the files, keeps the libraries and returns the signatures.
func (l *loader) sort(sources []source) []parsed {
	var signatures []parsed
	for _, s := range sources {
		l.diagnosis.texts[s.name] = s.text
		p, err := parse(s, l.caps)
		switch {
		case err != nil:
			l.problems = append(l.problems, l.diagnosis.errors(s.name, asErrors(err))...)
		case p.isSignature():
			signatures = append(signatures, p)
		default:
			l.libraries = append(l.libraries, p)
		}
	}
	libraries, err := withBuiltin(l.libraries, l.caps)
	if err != nil {
		l.fail(builtinName, err)
	}
	l.libraries = libraries
	return signatures
}

func (l *loader) fail(file string, err error) {
	l.problems = append(l.problems, problem.Problem{Severity: problem.Error, File: file, Message: err.Error()})
}

// load makes a program of one signature, or tells why not.
func (l *loader) load(ctx context.Context, p parsed) engine.Program {
	c, failures := compile(p, l.libraries, l.caps)
	if failures != nil {
		l.problems = append(l.problems, l.diagnosis.errors(p.name, failures)...)
		return nil
	}
	made := &program{digest: c.digest, source: p.name, timeout: l.opts.Timeout}
	if err := l.describe(ctx, c, made); err != nil {
		l.fail(p.name, err)
		return nil
	}
	var err error
	if made.match, err = newQuery(c.compiler, c.module.Package.Path, matchRule); err != nil {
		l.fail(p.name, err)
		return nil
	}
	l.warn(p, c, made)
	return made
}

// describe reads the metadata and the selectors, once and without an input.
func (l *loader) describe(ctx context.Context, c *compiled, into *program) error {
	metadata, err := l.constant(ctx, c, metadataRule)
	if err != nil {
		return err
	}
	if metadata != nil {
		if into.metadata, err = decodeMetadata(metadata); err != nil {
			return err
		}
	}
	selectors, err := l.constant(ctx, c, selectorsRule)
	if err != nil {
		return err
	}
	if selectors != nil {
		into.selectors, err = decodeSelectors(selectors)
	}
	return err
}

// constant returns the value of a rule that depends on nothing; nil where it is
// undefined.
func (l *loader) constant(ctx context.Context, c *compiled, rule string) (any, error) {
	q, err := newQuery(c.compiler, c.module.Package.Path, rule)
	if err != nil {
		return nil, err
	}
	var d deadline
	value, err := q.eval(ctx, nil, &d, l.opts.Timeout)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rule, err)
	}
	if value == nil {
		return nil, nil
	}
	return ast.JSON(value)
}
