package lint

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// scope is the lines of a rule that holds for events of some names only.
type scope struct {
	from, to int
	events   []string
}

// scopes returns the rules that compare the event's name with constants.
func scopes(m *ast.Module) []scope {
	var found []scope
	for _, r := range m.Rules {
		for ; r != nil; r = r.Else {
			if events := guard(r.Body); len(events) > 0 {
				s := scope{from: r.Location.Row, to: r.Location.Row, events: events}
				s.extend(r.Head)
				s.extend(r.Body)
				found = append(found, s)
			}
		}
	}
	return found
}

// extend makes the scope reach over what is below a node.
func (s *scope) extend(node any) {
	ast.WalkTerms(node, func(t *ast.Term) bool {
		if t.Location != nil {
			s.to = max(s.to, t.Location.Row)
		}
		return false
	})
}

// at returns the names of events that a line can be about, nil for any.
func at(scopes []scope, row int) []string {
	for _, s := range scopes {
		if s.from <= row && row <= s.to {
			return s.events
		}
	}
	return nil
}

// guard returns the names that a body compares the event's name with.
func guard(body ast.Body) []string {
	for _, expr := range body {
		if expr.Negated || !expr.IsCall() || len(expr.With) > 0 {
			continue
		}
		operands := expr.Operands()
		if len(operands) != 2 {
			continue
		}
		a, b := operands[0], operands[1]
		switch expr.Operator().String() {
		case ast.Equal.Name, ast.Equality.Name:
			if isEventName(b) {
				a, b = b, a
			}
			if name, ok := b.Value.(ast.String); ok && isEventName(a) {
				return []string{string(name)}
			}
		case ast.Member.Name:
			if names := texts(b); isEventName(a) && len(names) > 0 {
				return names
			}
		}
	}
	return nil
}

func isEventName(t *ast.Term) bool {
	ref, ok := t.Value.(ast.Ref)
	return ok && ref.Equal(ast.MustParseRef("input.eventName"))
}

// texts returns the members of a constant collection of texts, nil where the
// term is anything else.
func texts(t *ast.Term) []string {
	var names []string
	constant := true
	add := func(member *ast.Term) {
		name, ok := member.Value.(ast.String)
		names, constant = append(names, string(name)), constant && ok
	}
	switch v := t.Value.(type) {
	case ast.Set:
		v.Foreach(add)
	case *ast.Array:
		v.Foreach(add)
	}
	if !constant {
		return nil
	}
	slices.Sort(names)
	return names
}
