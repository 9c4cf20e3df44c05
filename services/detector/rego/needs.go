package rego

import (
	"slices"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
)

// needs says which keys of the input somebody looks at, one bit for each of
// fields.
type needs uint64

// everything is needed by a signature that takes the input as a whole.
const everything = ^needs(0)

func (n needs) has(i int) bool { return n>>i&1 != 0 }

// demand is what all signatures of one Loader need together: they share one
// input document for each event. It only grows.
type demand struct{ bits atomic.Uint64 }

func (d *demand) add(n needs) { d.bits.Or(uint64(n)) }

func (d *demand) needs() needs { return needs(d.bits.Load()) }

// input is the document of an event for all of them.
func (d *demand) input(e *event.Event) any { return inputTerm(e, d.needs()) }

// needsOf finds out which keys the modules look at. It sees every reference;
// where one does not name its key, all keys are needed.
func needsOf(modules map[string]*ast.Module) needs {
	var n needs
	var visitor *ast.GenericVisitor
	visitor = ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case ast.Ref:
			if len(x) == 0 || !x[0].Equal(ast.InputRootDocument) {
				return false
			}
			n |= needOf(x)
			for _, part := range x[1:] {
				visitor.Walk(part)
			}
			return true
		case ast.Var:
			if x.Equal(ast.InputRootDocument.Value) {
				n = everything
			}
		}
		return false
	})
	for _, m := range modules {
		visitor.Walk(m)
	}
	return n
}

// needOf is the need of one reference into the input.
func needOf(ref ast.Ref) needs {
	if len(ref) == 1 {
		return everything
	}
	name, ok := ref[1].Value.(ast.String)
	if !ok {
		return everything
	}
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == string(name) })
	if i < 0 {
		// No event has it.
		return 0
	}
	return 1 << i
}
