package rego

import (
	"maps"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/problem"
)

// Unit is a file with all that it takes to compile it, for tools that look at
// the text: what runs is a Program.
type Unit struct {
	// Name is what people know the file by, Text what is in it.
	Name, Text string
	// Module is the file in the dialect that it is taken for.
	Module  *ast.Module
	Dialect ast.RegoVersion
	// Compiler has compiled the file with what it needs.
	Compiler *ast.Compiler

	modules   map[string]*ast.Module
	dangling  []*ast.Import
	diagnosis *diagnosis
}

// Modules returns the file and all that it needs, as they were parsed, by name.
// The caller may change the map, but not the modules.
func (u *Unit) Modules() map[string]*ast.Module { return maps.Clone(u.modules) }

// Problem returns a problem at a place, which may be nil, with the line that is
// there.
func (u *Unit) Problem(s problem.Severity, at *ast.Location, message string) problem.Problem {
	return u.diagnosis.at(s, u.Name, at, message)
}

// Message returns what an error of OPA says, or what it means for a signature.
func (u *Unit) Message(err *ast.Error) string { return u.diagnosis.message(err) }

// Source returns the text of the file, or of another one that it needs.
func (u *Unit) Source(file string) string { return u.diagnosis.texts[file] }

// Dangling returns the imports that nothing provides.
func (u *Unit) Dangling() []*ast.Import { return u.dangling }

// HasBuiltinLibrary reports whether the file uses the library that is built in,
// rather than one that takes its place.
func (u *Unit) HasBuiltinLibrary() bool { return u.modules[builtinName] != nil }

// newUnit compiles a file with those others that it needs. Problems tell why
// there is no Unit.
func newUnit(p parsed, others []parsed, caps *ast.Capabilities, d *diagnosis) (*Unit, []problem.Problem) {
	c, failures := compile(p, others, caps)
	if failures != nil {
		return nil, d.errors(p.name, failures)
	}
	u := &Unit{Name: p.name, Text: p.text, Module: c.module, Compiler: c.compiler, diagnosis: d}
	u.modules = map[string]*ast.Module{p.name: c.module}
	for i, m := range p.modules {
		if m == c.module {
			u.Dialect = p.dialects[i]
		}
	}
	for _, l := range needed(c.module, others) {
		u.modules[l.name] = l.modules[0]
	}
	u.dangling = dangling(c.module, others)
	return u, nil
}
