package rego

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/sigdir"
)

// Workspace is a directory of signatures as the tools for their authors see
// it: the files themselves, with their tests.
type Workspace struct {
	// Signatures and Tests are the files that compile, in the order of their
	// names.
	Signatures, Tests []*Unit
	// Problems tell what is wrong with the others.
	Problems []problem.Problem
}

// Open reads and compiles every signature and test below a directory. Files
// are called by prefix and their path.
func Open(fsys fs.FS, prefix string) *Workspace {
	d := &directory{
		Loader: NewLoader(Options{}), diagnosis: diagnosis{texts: map[string]string{builtinName: builtinLibrary}},
		used: newMemory(),
	}
	d.caps, d.diagnosis.refused = capabilities()
	sources, problems := collect(fsys, prefix)
	d.problems = problems
	signatures := d.sort(sources)
	w := &Workspace{}
	others := d.libraries
	for _, p := range signatures {
		d.guard(p.name, func() {
			u, problems := newUnit(p, d.libraries, d.caps, &d.diagnosis)
			d.problems = append(d.problems, problems...)
			if u != nil {
				w.Signatures = append(w.Signatures, u)
				p.modules, p.dialects = []*ast.Module{u.Module}, []ast.RegoVersion{u.Dialect}
				others = append(others, p)
			}
		})
	}
	for _, p := range d.tests(fsys, prefix) {
		d.guard(p.name, func() {
			u, problems := newUnit(p, others, d.caps, &d.diagnosis)
			d.problems = append(d.problems, problems...)
			if u != nil {
				w.Tests = append(w.Tests, u)
			}
		})
	}
	w.Problems = d.problems
	return w
}

// Capabilities returns what signatures may use.
func Capabilities() *ast.Capabilities {
	caps, _ := capabilities()
	return caps
}

// Document returns an event as the input of a signature, with all its keys.
func Document(e *event.Event) *ast.Term { return inputTerm(e, everything) }

// Keys returns the names of the keys that an event can have.
func Keys() []string {
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].name
	}
	return names
}

// tests reads and parses the files whose names end in _test.rego.
func (d *directory) tests(fsys fs.FS, prefix string) []parsed {
	var tests []parsed
	err := sigdir.Walk(fsys, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			// Reading the signatures has told it.
			return nil //nolint:nilerr // the same walk reported it once
		case entry.IsDir() || !strings.HasSuffix(name, "_test.rego"):
			return nil
		}
		shown := path.Join(prefix, name)
		d.guard(shown, func() {
			text, err := read(fsys, name)
			if err != nil {
				d.fail(shown, err)
				return
			}
			d.diagnosis.texts[shown] = text
			p, err := parse(source{name: shown, text: text}, d.caps)
			if err != nil {
				d.problems = append(d.problems, d.diagnosis.errors(shown, asErrors(err))...)
				return
			}
			tests = append(tests, p)
		})
		return nil
	})
	if err != nil {
		d.fail(prefix, fmt.Errorf("read the tests: %w", err))
	}
	return tests
}

// IsBuiltin reports whether a module is the library that is built in.
func IsBuiltin(m *ast.Module) bool {
	return m.Package.Location != nil && m.Package.Location.File == builtinName
}
