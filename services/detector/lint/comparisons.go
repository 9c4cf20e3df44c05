package lint

import (
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/types"
)

// comparisons looks at !=, <, <=, > and >=, which the type checker lets take
// values of any type: between a number and a text their answer never depends on
// the event.
func comparisons(m *ast.Module, env *ast.TypeEnv) []mismatch {
	ordered := []string{ast.LessThan.Name, ast.LessThanEq.Name, ast.GreaterThan.Name, ast.GreaterThanEq.Name}
	var found []mismatch
	ast.WalkExprs(m, func(expr *ast.Expr) bool {
		if !expr.IsCall() || len(expr.Operands()) != 2 {
			return false
		}
		operator := expr.Operator().String()
		a, b := expr.Operand(0), expr.Operand(1)
		left, right := scalarType(env, a), scalarType(env, b)
		if left == "" || right == "" || left == right {
			return false
		}
		switch {
		case operator == ast.NotEqual.Name:
			found = append(found, mismatch{ruleCompare, expr.Location, fmt.Sprintf(
				"%s is always true: one side is a %s, the other a %s", expression(expr.Location), left, right)})
		case slices.Contains(ordered, operator):
			found = append(found, mismatch{ruleCompare, expr.Location, fmt.Sprintf(
				"%s compares a %s with a %s: the answer is the same for all values", expression(expr.Location), left, right)})
		}
		return false
	})
	return found
}

// scalarType names the type of a constant or of a field of the input, "" where
// it is not one simple type.
func scalarType(env *ast.TypeEnv, t *ast.Term) string {
	var typ types.Type
	switch v := t.Value.(type) {
	case ast.Ref:
		if !v[0].Equal(ast.InputRootDocument) {
			return ""
		}
		typ = env.GetByRef(v)
	case ast.String, ast.Number, ast.Boolean, ast.Null:
		typ = env.GetByValue(v)
	}
	switch typ := typ.(type) {
	case types.String, types.Number, types.Boolean, types.Null:
		return types.Sprint(typ)
	default:
		return ""
	}
}
