package rego

import (
	"context"
	"errors"
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
	// Reference has OPA's own evaluator do all the work. Otherwise signatures
	// are compiled, and it does what cannot be compiled and checks the rest.
	Reference bool
	// ShadowEvery is how many evaluations there are for each one that both do,
	// besides all that match; 0 means 10,000, and 1 all of them.
	ShadowEvery uint64
}

// Loader loads signatures from any number of directories. What one Loader
// loads shares the conversion of events, so that it costs once for all, and what
// has not changed since it last loaded a directory is not compiled again. It is
// safe for concurrent use.
type Loader struct {
	opts   Options
	demand demand
	cache  cache
}

// NewLoader returns a Loader.
func NewLoader(opts Options) *Loader {
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	if opts.ShadowEvery == 0 {
		opts.ShadowEvery = shadowEvery
	}
	return &Loader{opts: opts}
}

// Load loads every signature below a directory. Files are called by prefix and
// their path. What could not be loaded, or looks wrong, is told in problems and
// keeps nothing else from loading.
func (l *Loader) Load(ctx context.Context, fsys fs.FS, prefix string) ([]engine.Program, []problem.Problem) {
	d := &directory{Loader: l, diagnosis: diagnosis{texts: map[string]string{builtinName: builtinLibrary}}}
	d.caps, d.diagnosis.refused = capabilities()
	sources, problems := collect(fsys, prefix)
	d.problems = problems
	d.known, d.used = l.cache.of(prefix), newMemory()
	signatures := d.sort(sources)
	var programs []engine.Program
	for _, p := range signatures {
		if ctx.Err() != nil {
			d.fail(p.name, fmt.Errorf("loading was stopped: %w", ctx.Err()))
			break
		}
		d.guard(p.name, func() {
			if loaded := d.recall(ctx, p); loaded != nil {
				programs = append(programs, loaded)
			}
		})
	}
	l.cache.keep(prefix, d.used)
	return programs, d.problems
}

// directory is the state of one Load.
type directory struct {
	*Loader
	caps      *ast.Capabilities
	libraries []parsed
	diagnosis diagnosis
	problems  []problem.Problem
	// known is what the Load before made, used what this one needs.
	known, used memory
}

// sort parses the files, keeps the libraries and returns the signatures.
func (d *directory) sort(sources []source) []parsed {
	var signatures []parsed
	for _, s := range sources {
		d.diagnosis.texts[s.name] = s.text
		var p parsed
		err := errPanic
		d.guard(s.name, func() { p, err = d.parse(s) })
		switch {
		case errors.Is(err, errPanic):
			// guard has told it.
		case err != nil:
			d.problems = append(d.problems, d.diagnosis.errors(s.name, asErrors(err))...)
		case p.isSignature():
			signatures = append(signatures, p)
		default:
			d.libraries = append(d.libraries, p)
		}
	}
	libraries, err := withBuiltin(d.libraries, d.caps)
	if err != nil {
		d.fail(builtinName, err)
	}
	d.libraries = libraries
	return signatures
}

// errPanic stands for an answer that never came.
var errPanic = errors.New("panic")

// guard keeps a panic on one file, which would be a defect in the parser or the
// compiler, from everything else.
func (d *directory) guard(file string, do func()) {
	defer func() {
		if value := recover(); value != nil {
			d.fail(file, fmt.Errorf("the file makes the loader panic: %v", value))
		}
	}()
	do()
}

func (d *directory) fail(file string, err error) {
	d.problems = append(d.problems, problem.Problem{Severity: problem.Error, File: file, Message: err.Error()})
}

// load makes a program of one signature, or tells why not.
func (d *directory) load(ctx context.Context, p parsed) engine.Program {
	c, failures := compile(p, d.libraries, d.caps)
	if failures != nil {
		d.problems = append(d.problems, d.diagnosis.errors(p.name, failures)...)
		return nil
	}
	made := &program{
		digest: c.digest, source: p.name, timeout: d.opts.Timeout, demand: &d.demand, shadow: d.opts.ShadowEvery,
		plain: d.opts.Reference,
	}
	if err := d.describe(ctx, c, made); err != nil {
		d.fail(p.name, err)
		return nil
	}
	made.match = c.module.Package.Path.Append(ast.StringTerm(matchRule))
	var err error
	if made.reference, err = newQuery(c.compiler, c.module.Package.Path, matchRule); err != nil {
		d.fail(p.name, err)
		return nil
	}
	d.demand.add(needsOf(c.compiler.Modules))
	made.sources, made.waits = sourcesOf(c.compiler.Modules)
	d.compile(ctx, c, made)
	d.warn(p, c, made)
	return made
}

// compile makes the signature fast where it can be; where not, it says why.
func (d *directory) compile(ctx context.Context, c *compiled, into *program) {
	if d.opts.Reference {
		into.reason = "asked for"
		return
	}
	var err error
	if into.closures, err = newClosures(ctx, c, matchRule, d.caps); err != nil {
		into.reason = err.Error()
	}
}

// describe reads the metadata and the selectors, once and without an input.
func (d *directory) describe(ctx context.Context, c *compiled, into *program) error {
	metadata, err := d.constant(ctx, c, metadataRule)
	if err != nil {
		return err
	}
	if metadata != nil {
		if into.metadata, err = decodeMetadata(metadata); err != nil {
			return err
		}
	}
	selectors, err := d.constant(ctx, c, selectorsRule)
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
func (d *directory) constant(ctx context.Context, c *compiled, rule string) (any, error) {
	q, err := newQuery(c.compiler, c.module.Package.Path, rule)
	if err != nil {
		return nil, err
	}
	var limit deadline
	value, err := q.eval(ctx, nil, nil, &limit, d.opts.Timeout)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rule, err)
	}
	if value == nil {
		return nil, nil
	}
	return ast.JSON(value)
}
