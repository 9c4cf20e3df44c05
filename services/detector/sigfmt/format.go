package sigfmt

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"github.com/weirsec/weir/services/detector/rego"
)

// Format returns a Rego file in OPA's form. It keeps its dialect, which is the
// newest one that can read it, unless it is upgraded: then the result is Rego
// v1. It returns an error where the file cannot be read, or where formatting
// would change what it means.
func Format(name string, text []byte, upgrade bool) ([]byte, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	before, dialect, err := parse(name, text)
	if err != nil {
		return nil, unreadable(name, text, err, "")
	}
	target := dialect
	if upgrade {
		target = ast.RegoV1
	}
	if target != dialect {
		// What the new dialect does not take is told by its place in this text.
		if _, err := layOut(name, text, dialect, target, upgrade); err != nil {
			return nil, unreadable(name, text, err, instead(err))
		}
	}
	out, err := layOut(name, text, dialect, dialect, upgrade && dialect == target)
	if err == nil && target != dialect {
		// Laid out before it is rewritten, so that bodies keep lines of their own.
		out, err = layOut(name, out, dialect, target, upgrade)
	}
	if err != nil {
		return nil, fmt.Errorf("format: %w", err)
	}
	after, err := ast.ParseModuleWithOpts(name, string(out), options(target))
	if err != nil {
		return nil, fmt.Errorf("the result would not parse, so the file is left alone: %w", err)
	}
	if err := same(before, after); err != nil {
		return nil, fmt.Errorf("the result would differ, so the file is left alone: %w", err)
	}
	return out, nil
}

// instead says what to write for functions that Rego v1 has no more.
func instead(err error) string {
	if !strings.Contains(err.Error(), "deprecated built-in") {
		return ""
	}
	return " (write regex.match for re_match, true in xs for any(xs), every for all)"
}

// layOut lets OPA write a file in its form. With drop, imports that the target
// has no need of are left out.
func layOut(name string, text []byte, source, target ast.RegoVersion, drop bool) ([]byte, error) {
	parser := options(source)
	return format.SourceWithOpts(name, text, format.Opts{
		RegoVersion:   target,
		ParserOptions: &parser,
		// Only an upgrade drops the imports that made v1 of v0.
		DropRedundantDirectiveImports: drop,
		Capabilities:                  rego.Capabilities(),
	})
}

func options(dialect ast.RegoVersion) ast.ParserOptions {
	return ast.ParserOptions{RegoVersion: dialect, Capabilities: rego.Capabilities()}
}

// parse reads a file in the newest dialect that can.
func parse(name string, text []byte) (*ast.Module, ast.RegoVersion, error) {
	m, newer := ast.ParseModuleWithOpts(name, string(text), options(ast.RegoV1))
	if newer == nil && m != nil {
		return m, ast.RegoV1, nil
	}
	m, older := ast.ParseModuleWithOpts(name, string(text), options(ast.RegoV0))
	switch {
	case older == nil && m != nil:
		return m, ast.RegoV0, nil
	case newer == nil || older == nil:
		return nil, ast.RegoUndefined, errors.New("the file is empty")
	case row(older) >= row(newer):
		// The dialect that got further is the one that was meant.
		return nil, ast.RegoUndefined, older
	default:
		return nil, ast.RegoUndefined, newer
	}
}

// row is the line of the first error.
func row(err error) int {
	if list, ok := errors.AsType[ast.Errors](err); ok && len(list) > 0 && list[0].Location != nil {
		return list[0].Location.Row
	}
	return 0
}

// same tells in what two modules differ: package, rules and comments must be
// there as they were. Imports may be sorted, and those of a dialect dropped.
func same(a, b *ast.Module) error {
	if !a.Package.Equal(b.Package) {
		return errors.New("another package")
	}
	if len(a.Rules) != len(b.Rules) {
		return fmt.Errorf("%d rules instead of %d", len(b.Rules), len(a.Rules))
	}
	for i, r := range a.Rules {
		if plain(r).Compare(plain(b.Rules[i])) != 0 {
			return fmt.Errorf("the rule %s in line %d", r.Head.Ref(), r.Location.Row)
		}
	}
	if x, y := imported(a), imported(b); !slices.Equal(x, y) {
		return fmt.Errorf("the imports %q instead of %q", y, x)
	}
	if x, y := remarks(a), remarks(b); !slices.Equal(x, y) {
		return errors.New("the comments")
	}
	return nil
}

// plain is a rule without the difference between = and := in heads, which is
// one of dialect and not of meaning.
func plain(r *ast.Rule) *ast.Rule {
	r = r.Copy()
	for part := r; part != nil; part = part.Else {
		part.Head.Assign = false
	}
	return r
}

// imported returns what a module imports, but for what only changes the
// dialect, sorted.
func imported(m *ast.Module) []string {
	var list []string
	for _, i := range m.Imports {
		ref, ok := i.Path.Value.(ast.Ref)
		if ok && (ref[0].Equal(ast.VarTerm("rego")) || ref[0].Equal(ast.VarTerm("future"))) {
			continue
		}
		list = append(list, i.String())
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// remarks returns the texts of the comments, sorted.
func remarks(m *ast.Module) []string {
	var list []string
	for _, c := range m.Comments {
		list = append(list, string(bytes.TrimSpace(c.Text)))
	}
	slices.Sort(list)
	return list
}
