package machine

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// deterministic reports whether a built-in function always gives the same
// result for the same arguments, and does nothing else.
func deterministic(name string) bool {
	b, ok := ast.BuiltinMap[name]
	return ok && !b.Nondeterministic && b.Decl.Result() != nil
}

// nativeCall returns a step of its own for tests of a text against a constant
// one, which signatures are full of; nil for all other calls.
func nativeCall(name string, args []operand, result int) step {
	var test func(text, constant string) bool
	switch name {
	case "startswith":
		test = strings.HasPrefix
	case "endswith":
		test = strings.HasSuffix
	case "contains":
		test = strings.Contains
	default:
		return nil
	}
	constant, ok := args[1].constant.Text()
	if !args[0].isLocal || args[1].isLocal || !ok {
		return nil
	}
	from := args[0].local
	return func(m *Machine, l []value.Value) signal {
		text, ok := l[from].Text()
		if !ok {
			return m.typeError(name)
		}
		l[result] = value.Bool(test(text, constant))
		return next
	}
}
