package machine

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// deterministic reports whether a built-in function always gives the same
// result for the same arguments, and does nothing else.
func deterministic(name string) bool {
	b, ok := ast.BuiltinMap[name]
	return ok && !b.Nondeterministic && b.Decl.Result() != nil
}

// nativeCall returns the step for functions that are worth one of their own,
// nil for the others.
func nativeCall(string, []operand, int) step { return nil }

// nativeBuiltin returns a function of OPA's in Go over values, nil where there
// is none.
func nativeBuiltin(string) native { return nil }

// nativeHelper returns a function of the built-in library in Go.
func nativeHelper(string) native { return nil }

var _ value.Value
