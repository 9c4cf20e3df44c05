package rego

import (
	"errors"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// The rules that make a file a signature.
const (
	metadataRule  = "__rego_metadoc__"
	selectorsRule = "tracee_selected_events"
	matchRule     = "tracee_match"
)

// parsed is a file in each dialect of Rego that can read it: at least one, the
// newer first.
type parsed struct {
	source
	modules  []*ast.Module
	dialects []ast.RegoVersion
}

// parse reads a file as Rego v1 and as v0. Where neither dialect can read it,
// the errors are those of the one that got further.
func parse(s source, caps *ast.Capabilities) (parsed, error) {
	p := parsed{source: s}
	var failures []ast.Errors
	for _, dialect := range []ast.RegoVersion{ast.RegoV1, ast.RegoV0} {
		m, err := ast.ParseModuleWithOpts(s.name, s.text, ast.ParserOptions{Capabilities: caps, RegoVersion: dialect})
		switch {
		case err != nil:
			failures = append(failures, asErrors(err))
		case m == nil:
			return p, errors.New("the file is empty")
		default:
			p.modules, p.dialects = append(p.modules, m), append(p.dialects, dialect)
		}
	}
	if len(p.modules) > 0 {
		return p, nil
	}
	if furthest(failures[1]) >= furthest(failures[0]) {
		return p, failures[1]
	}
	return p, failures[0]
}

// furthest is the line of the first error, 0 where it is not known.
func furthest(list ast.Errors) int {
	for _, e := range list {
		if e.Location != nil {
			return e.Location.Row
		}
	}
	return 0
}

// asErrors returns OPA's errors, or err as one of them.
func asErrors(err error) ast.Errors {
	if list, ok := errors.AsType[ast.Errors](err); ok {
		return list
	}
	if one, ok := errors.AsType[*ast.Error](err); ok {
		return ast.Errors{one}
	}
	return ast.Errors{ast.NewError(ast.CompileErr, nil, "%s", err)}
}

// path returns the package of the file, "data" first.
func (p parsed) path() ast.Ref { return p.modules[0].Package.Path }

// isSignature reports whether the file has one of the rules of a signature.
func (p parsed) isSignature() bool {
	return !p.library && slices.ContainsFunc(p.modules[0].Rules, func(r *ast.Rule) bool {
		switch ruleName(r) {
		case metadataRule, selectorsRule, matchRule:
			return true
		default:
			return false
		}
	})
}

// ruleName returns the first part of a rule's name.
func ruleName(r *ast.Rule) string {
	ref := r.Head.Ref()
	if len(ref) == 0 {
		return ""
	}
	if name, ok := ref[0].Value.(ast.Var); ok {
		return string(name)
	}
	return ""
}
