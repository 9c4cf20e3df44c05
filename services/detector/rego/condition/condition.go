package condition

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/prefilter"
)

const (
	// maxDepth is how deep calls are followed.
	maxDepth = 12
	// maxExpressions is how many expressions are looked at in all.
	maxExpressions = 4000
	// maxPairs is how many values are compared in all.
	maxPairs = 1 << 17
)

// Of returns what must hold of an event of that name for the rule to be true or
// an object: everything else is no match. Bodies see the name as JSON can hold
// it.
func Of(c *ast.Compiler, rule ast.Ref, event string) prefilter.Condition {
	d := &derivation{compiler: c, event: string([]rune(event)), left: maxExpressions, pairs: maxPairs}
	rules := c.GetRules(rule)
	if len(rules) == 0 {
		return prefilter.Never()
	}
	var ways []prefilter.Condition
	for _, r := range rules {
		if !r.Ref().Equal(rule) || len(r.Head.Args) > 0 {
			// An object that is put together key by key is one, if an empty
			// one, whatever happens.
			return prefilter.Any()
		}
		ways = append(ways, d.match(r)...)
	}
	if d.left < 0 {
		return prefilter.Any()
	}
	return prefilter.Either(ways...)
}

// derivation is one walk through a signature.
type derivation struct {
	compiler *ast.Compiler
	event    string
	// left and pairs are how much may still be looked at and compared.
	left, pairs int
	// scopes is how many there were so far.
	scopes int
}

// match returns the condition of each body of a match that could be a match.
func (d *derivation) match(r *ast.Rule) []prefilter.Condition {
	var ways []prefilter.Condition
	for ; r != nil; r = r.Else {
		if noMatch(r) {
			continue
		}
		s := d.scope(0)
		ways = append(ways, s.body(r.Body))
	}
	return ways
}

// noMatch reports whether a rule's value is a constant that is no match.
func noMatch(r *ast.Rule) bool {
	if r.Head.RuleKind() == ast.MultiValue {
		return true
	}
	switch v := r.Head.Value.Value.(type) {
	case ast.Boolean:
		return !bool(v)
	case ast.Null, ast.Number, ast.String, *ast.Array, ast.Set:
		return true
	default:
		return false
	}
}

// scope is what is known inside one body.
type scope struct {
	*derivation
	number, depth int
	vars          map[ast.Var]symbol
	// names are the names of the arguments that an index runs over, where the
	// body compares them.
	names map[index]string
}

func (d *derivation) scope(depth int) *scope {
	d.scopes++
	return &scope{
		derivation: d, number: d.scopes, depth: depth, vars: make(map[ast.Var]symbol), names: make(map[index]string),
	}
}

// body returns what must hold for a body to succeed. It is walked through twice:
// what an argument's name is may only be said after its value was used.
func (s *scope) body(body ast.Body) prefilter.Condition {
	for _, e := range body {
		s.expression(e)
	}
	var parts []prefilter.Condition
	for _, e := range body {
		parts = append(parts, s.expression(e))
	}
	return prefilter.All(parts...)
}

// expression returns what must hold for an expression to succeed.
func (s *scope) expression(e *ast.Expr) prefilter.Condition {
	s.left--
	if s.left < 0 || e.Negated || len(e.With) > 0 {
		return prefilter.Any()
	}
	switch terms := e.Terms.(type) {
	case *ast.Term:
		return s.holds(terms)
	case []*ast.Term:
		return s.call(terms[0].Value, terms[1:])
	default:
		return prefilter.Any()
	}
}

// holds is for an expression that is just a term, which must not be false.
func (s *scope) holds(t *ast.Term) prefilter.Condition {
	ref, ok := t.Value.(ast.Ref)
	if ok && ref.HasPrefix(ast.DefaultRootRef) {
		return notFalse(s.rule(ref, nil))
	}
	return notFalse(s.term(t))
}

// notFalse is what must hold for a value to be there and not false.
func notFalse(v symbol) prefilter.Condition {
	switch v.kind {
	case constant:
		if b, ok := v.value.(ast.Boolean); ok && !bool(b) {
			return prefilter.Never()
		}
		return prefilter.Any()
	case choice:
		var ways []prefilter.Condition
		for _, w := range v.ways {
			ways = append(ways, prefilter.All(w.condition, notFalse(w.symbol)))
		}
		return prefilter.Either(ways...)
	default:
		return prefilter.Any()
	}
}

// rule returns what a rule or function of the policy gives for its arguments:
// one of the values of its bodies, under their conditions.
func (s *scope) rule(ref ast.Ref, given []symbol) symbol {
	rules := s.compiler.GetRules(ref)
	if s.depth >= maxDepth || len(rules) == 0 {
		return symbol{}
	}
	result := symbol{kind: choice}
	for _, r := range rules {
		if !r.Ref().Equal(ref) || len(r.Head.Args) != len(given) || r.Head.RuleKind() == ast.MultiValue {
			return s.collected(ref, rules)
		}
		for ; r != nil; r = r.Else {
			inner := s.scope(s.depth + 1)
			bound := inner.bind(r.Head.Args, given)
			condition := prefilter.All(bound, inner.body(r.Body))
			if condition.IsNever() {
				continue
			}
			result.ways = append(result.ways, way{condition, inner.term(r.Head.Value)})
		}
	}
	return result
}

// bind gives parameters their arguments; a parameter that is a constant must
// equal it.
func (s *scope) bind(params ast.Args, given []symbol) prefilter.Condition {
	var parts []prefilter.Condition
	for i, p := range params {
		if v, ok := p.Value.(ast.Var); ok {
			s.vars[v] = given[i]
			continue
		}
		parts = append(parts, s.compare(prefilter.Equal, given[i], s.term(p)))
	}
	return prefilter.All(parts...)
}

// collected is a set that rules put constants into one by one.
func (s *scope) collected(ref ast.Ref, rules []*ast.Rule) symbol {
	set := ast.NewSet()
	for _, r := range rules {
		always := len(r.Body) == 1 && r.Body[0].Equal(ast.NewExpr(ast.BooleanTerm(true)))
		if r.Head.RuleKind() != ast.MultiValue || !r.Ref().Equal(ref) || !always || r.Head.Key == nil ||
			!ground(r.Head.Key) {
			return symbol{}
		}
		set.Add(r.Head.Key)
	}
	return constantOf(set)
}

// ground reports whether a term is a constant: no variable, reference or
// comprehension in it.
func ground(t *ast.Term) bool {
	switch v := t.Value.(type) {
	case ast.Null, ast.Boolean, ast.Number, ast.String:
		return true
	case *ast.Array:
		return !slices.ContainsFunc(termsOf(v), func(x *ast.Term) bool { return !ground(x) })
	case ast.Set:
		return !slices.ContainsFunc(v.Slice(), func(x *ast.Term) bool { return !ground(x) })
	case ast.Object:
		all := true
		v.Foreach(func(k, x *ast.Term) { all = all && ground(k) && ground(x) })
		return all
	default:
		return false
	}
}

func termsOf(a *ast.Array) []*ast.Term {
	var list []*ast.Term
	a.Foreach(func(t *ast.Term) { list = append(list, t) })
	return list
}
