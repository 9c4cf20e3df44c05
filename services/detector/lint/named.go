package lint

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// named finds the arguments that rules look for by hand: comparisons of the
// name of a member of input.args with a constant, where the event has no such
// argument.
func named(m *ast.Module, have []string) []mismatch {
	var found []mismatch
	for _, r := range m.Rules {
		members := memberNames(r)
		ast.WalkExprs(r, func(expr *ast.Expr) bool {
			if !expr.IsCall() || len(expr.Operands()) != 2 {
				return false
			}
			if name := expr.Operator().String(); name != ast.Equal.Name && name != ast.Equality.Name {
				return false
			}
			a, b := expr.Operand(0), expr.Operand(1)
			if _, isText := a.Value.(ast.String); isText {
				a, b = b, a
			}
			text, isText := b.Value.(ast.String)
			if isText && isMemberName(a, members) && !slices.Contains(have, string(text)) {
				found = append(found, mismatch{ruleArgument, b.Location, string(text)})
			}
			return false
		})
	}
	return found
}

// memberNames returns the variables of a rule that stand for a member of
// input.args: some arg in input.args, or arg := input.args[_].
func memberNames(r *ast.Rule) map[ast.Var]bool {
	names := map[ast.Var]bool{}
	add := func(t *ast.Term) {
		if name, ok := t.Value.(ast.Var); ok {
			names[name] = true
		}
	}
	ast.WalkExprs(r, func(expr *ast.Expr) bool {
		if decl, ok := expr.Terms.(*ast.SomeDecl); ok {
			for _, symbol := range decl.Symbols {
				if call, ok := symbol.Value.(ast.Call); ok && len(call) >= 3 && isArgs(call[len(call)-1], 2) {
					// The operands are the key, if there is one, and the value.
					add(call[len(call)-2])
				}
			}
			return false
		}
		if !expr.IsAssignment() && !expr.IsEquality() || len(expr.Operands()) != 2 {
			return false
		}
		if isArgs(expr.Operand(1), 3) {
			add(expr.Operand(0))
		}
		return false
	})
	return names
}

// isMemberName reports whether a term is the name of a member of input.args.
func isMemberName(t *ast.Term, members map[ast.Var]bool) bool {
	ref, ok := t.Value.(ast.Ref)
	if !ok || !ref[len(ref)-1].Equal(ast.StringTerm("name")) {
		return false
	}
	if name, isVar := ref[0].Value.(ast.Var); isVar && len(ref) == 2 {
		return members[name]
	}
	return isArgs(ast.NewTerm(ref[:len(ref)-1]), 3)
}

// isArgs reports whether a term is input.args, or with a length of 3 a member
// of it.
func isArgs(t *ast.Term, length int) bool {
	ref, ok := t.Value.(ast.Ref)
	return ok && len(ref) == length && ref.HasPrefix(ast.MustParseRef("input.args"))
}
