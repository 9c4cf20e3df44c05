package lint

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// withArguments returns the module with each call of get_tracee_argument whose
// argument is a constant replaced by a reference to a key of the input, so that
// the type checker sees which argument it is and what follows from its type.
// The module is given anew: the original is not changed.
func withArguments(m *ast.Module) *ast.Module {
	m = m.Copy()
	names := newImports(m)
	visitor := ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Expr:
			if terms, ok := x.Terms.([]*ast.Term); ok {
				if ref := names.argument(terms); ref != nil {
					x.Terms = ast.NewTerm(ref).SetLocation(x.Location)
					return true
				}
			}
		case *ast.Term:
			if call, ok := x.Value.(ast.Call); ok {
				if ref := names.argument(call); ref != nil {
					x.Value = ref
					return true
				}
			}
		}
		return false
	})
	visitor.Walk(m)
	return m
}

// imports knows what the names of a module stand for.
type imports map[ast.Var]ast.Ref

func newImports(m *ast.Module) imports {
	names := imports{}
	for _, i := range m.Imports {
		if ref, ok := i.Path.Value.(ast.Ref); ok {
			names[i.Name()] = ref
		}
	}
	return names
}

// resolve returns a reference with the name in front replaced by what was
// imported under it.
func (i imports) resolve(ref ast.Ref) ast.Ref {
	if len(ref) == 0 {
		return ref
	}
	if name, ok := ref[0].Value.(ast.Var); ok && i[name] != nil {
		return i[name].Concat(ref[1:])
	}
	return ref
}

// argument returns what stands for a call of get_tracee_argument, or nil where
// the terms are another call, or the name is not constant.
func (i imports) argument(call []*ast.Term) ast.Ref {
	if len(call) != 2 {
		return nil
	}
	operator, isRef := call[0].Value.(ast.Ref)
	name, isText := call[1].Value.(ast.String)
	if !isRef || !isText || !i.resolve(operator).Equal(ast.MustParseRef("data.tracee.helpers.get_tracee_argument")) {
		return nil
	}
	at := call[1].Location
	return ast.Ref{
		ast.NewTerm(ast.InputRootDocument.Value).SetLocation(call[0].Location),
		ast.StringTerm(argsKey).SetLocation(at),
		ast.NewTerm(name).SetLocation(at),
	}
}
