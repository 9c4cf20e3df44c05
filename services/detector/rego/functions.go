package rego

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// Functions returns Weir's own functions in the form that OPA's tools take.
// Nothing answers them there, so they are undefined unless a test replaces them.
func Functions() []func(*rego.Rego) {
	var list []func(*rego.Rego)
	for _, f := range facts() {
		declared := &rego.Function{Name: f.Decl.Name, Decl: f.Decl.Decl}
		list = append(list, rego.FunctionDyn(declared, func(b rego.BuiltinContext, args []*ast.Term) (*ast.Term, error) {
			var found *ast.Term
			err := f.Func(b, args, func(t *ast.Term) error {
				found = t
				return nil
			})
			return found, err
		}))
	}
	return list
}
