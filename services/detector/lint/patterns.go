package lint

import (
	"regexp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// patterns looks at constant regular expressions: with one that is none, the
// call is undefined for every event.
func (l *linter) patterns(s *subject) {
	first := []string{"regex.match", "re_match", "regex.find_n", "regex.find_all_string_submatch_n", "regex.split"}
	second := []string{"regex.replace"}
	look := func(terms []*ast.Term) {
		if len(terms) < 2 {
			return
		}
		name := terms[0].String()
		at := 1
		switch {
		case slices.Contains(first, name):
		case slices.Contains(second, name) && len(terms) > 2:
			at = 2
		default:
			return
		}
		pattern, ok := terms[at].Value.(ast.String)
		if !ok {
			return
		}
		if _, err := regexp.Compile(string(pattern)); err != nil {
			l.add(finding(rulePattern, s.unit, terms[at].Location, "%s: %v", name, err))
		}
	}
	walkCalls(s.unit.Module, look)
}

// processName looks for decisions by the name that a process gives itself.
func (l *linter) processName(s *subject) {
	name := ast.MustParseRef("input.processName")
	deciding := []string{
		ast.Equal.Name, ast.Equality.Name, ast.NotEqual.Name, ast.Member.Name,
		"startswith", "endswith", "contains", "regex.match", "re_match",
	}
	walkCalls(s.unit.Module, func(terms []*ast.Term) {
		if !slices.Contains(deciding, terms[0].String()) {
			return
		}
		for _, t := range terms[1:] {
			if ref, ok := t.Value.(ast.Ref); ok && ref.Equal(name) {
				l.add(finding(ruleProcessName, s.unit, t.Location,
					"the observed process chooses input.processName itself: compare input.executable.path where it matters"))
			}
		}
	})
	ast.WalkRefs(s.unit.Module, func(ref ast.Ref) bool {
		// A look-up in a list: names[input.processName].
		for _, part := range ref[1:] {
			if inner, ok := part.Value.(ast.Ref); ok && inner.Equal(name) {
				l.add(finding(ruleProcessName, s.unit, part.Location,
					"the observed process chooses input.processName itself: compare input.executable.path where it matters"))
			}
		}
		return false
	})
}

// walkCalls visits every call of a module: the operator, then the operands.
func walkCalls(m *ast.Module, visit func(terms []*ast.Term)) {
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Expr:
			if terms, ok := x.Terms.([]*ast.Term); ok {
				visit(terms)
			}
		case ast.Call:
			visit(x)
		}
		return false
	}).Walk(m)
}
