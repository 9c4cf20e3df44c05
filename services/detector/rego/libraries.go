package rego

import (
	_ "embed" // for the built-in library
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

//go:embed tracee.rego
var builtinLibrary string

// builtinName is what the built-in library is called in messages.
const builtinName = "tracee.helpers (built in)"

// withBuiltin adds the built-in library to those of a directory, unless one of
// these takes its place.
func withBuiltin(libraries []parsed, caps *ast.Capabilities) ([]parsed, error) {
	builtin, err := parse(source{name: builtinName, text: builtinLibrary, library: true}, caps)
	if err != nil {
		return nil, err
	}
	for _, l := range libraries {
		if l.path().Equal(builtin.path()) {
			return libraries, nil
		}
	}
	return append(slices.Clone(libraries), builtin), nil
}

// needed returns the libraries that a module refers to, directly or through
// each other. Others are left out so that a mistake in them stays theirs.
func needed(m *ast.Module, libraries []parsed) []parsed {
	var found []parsed
	refs := references(m)
	for i := 0; i < len(refs); i++ {
		for _, l := range libraries {
			if !overlap(refs[i], l.path()) || contains(found, l) {
				continue
			}
			found = append(found, l)
			refs = append(refs, references(l.modules[0])...)
		}
	}
	return found
}

func contains(list []parsed, l parsed) bool {
	return slices.ContainsFunc(list, func(other parsed) bool { return other.name == l.name })
}

// references returns what a module names below data: its own package, whose
// rules other files may have too, its imports and its full references.
func references(m *ast.Module) []ast.Ref {
	refs := []ast.Ref{m.Package.Path}
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		if len(ref) > 1 && ref[0].Equal(ast.DefaultRootDocument) {
			refs = append(refs, ref.ConstantPrefix())
		}
		return false
	})
	for _, imported := range m.Imports {
		if ref, ok := imported.Path.Value.(ast.Ref); ok && len(ref) > 1 && ref[0].Equal(ast.DefaultRootDocument) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// overlap reports whether one path leads to or through the other.
func overlap(a, b ast.Ref) bool { return a.HasPrefix(b) || b.HasPrefix(a) }

// dangling returns the imports of a module that no other module provides: Rego
// takes them for documents that are always undefined.
func dangling(m *ast.Module, libraries []parsed) []*ast.Import {
	var found []*ast.Import
	for _, imported := range m.Imports {
		ref, ok := imported.Path.Value.(ast.Ref)
		if !ok || len(ref) < 2 || !ref[0].Equal(ast.DefaultRootDocument) || overlap(ref, m.Package.Path) {
			continue
		}
		if !slices.ContainsFunc(libraries, func(l parsed) bool { return overlap(ref, l.path()) }) {
			found = append(found, imported)
		}
	}
	return found
}
