package condition

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/prefilter"
)

// call returns what must hold for a call to succeed: with one operand more than
// the function has arguments, the last one is its result.
func (s *scope) call(operator ast.Value, operands []*ast.Term) prefilter.Condition {
	ref, ok := operator.(ast.Ref)
	if !ok {
		return prefilter.Any()
	}
	if ref.HasPrefix(ast.DefaultRootRef) {
		return s.function(ref, operands)
	}
	switch name := ref.String(); name {
	case "eq", "equal":
		return s.unify(operands)
	case "startswith":
		return s.test(prefilter.Prefix, operands)
	case "endswith":
		return s.test(prefilter.Suffix, operands)
	case "contains":
		return s.test(prefilter.Contains, operands)
	case "strings.any_prefix_match":
		return s.testAny(prefilter.Prefix, operands)
	case "strings.any_suffix_match":
		return s.testAny(prefilter.Suffix, operands)
	case "internal.member_2":
		return s.member(operands)
	case "regex.match", "re_match":
		return s.pattern(operands)
	case "lower":
		s.lower(operands)
		return prefilter.Any()
	default:
		return prefilter.Any()
	}
}

// function is for calls of functions of the policy.
func (s *scope) function(ref ast.Ref, operands []*ast.Term) prefilter.Condition {
	rules := s.compiler.GetRules(ref)
	if len(rules) == 0 {
		return prefilter.Any()
	}
	arity := len(rules[0].Head.Args)
	if len(operands) != arity && len(operands) != arity+1 {
		return prefilter.Any()
	}
	given := make([]symbol, arity)
	for i := range given {
		given[i] = s.term(operands[i])
	}
	result := s.rule(ref, given)
	if len(operands) == arity {
		return notFalse(result)
	}
	return s.assign(operands[arity], result)
}

// assign gives a variable its value, or compares what is there already.
func (s *scope) assign(to *ast.Term, v symbol) prefilter.Condition {
	name, ok := to.Value.(ast.Var)
	if ok {
		if known, bound := s.vars[name]; !bound || known.kind == unknown {
			s.vars[name] = v
			return reachable(v)
		}
	}
	return s.compare(prefilter.Equal, v, s.term(to))
}

// reachable is what must hold for there to be a value at all.
func reachable(v symbol) prefilter.Condition {
	if v.kind != choice {
		return prefilter.Any()
	}
	var ways []prefilter.Condition
	for _, w := range v.ways {
		ways = append(ways, prefilter.All(w.condition, reachable(w.symbol)))
	}
	return prefilter.Either(ways...)
}

// unify is for a = b.
func (s *scope) unify(operands []*ast.Term) prefilter.Condition {
	if len(operands) != 2 {
		return prefilter.Any()
	}
	a, b := operands[0], operands[1]
	if name, ok := a.Value.(ast.Var); ok && s.vars[name].kind == unknown {
		return s.assign(a, s.term(b))
	}
	if name, ok := b.Value.(ast.Var); ok && s.vars[name].kind == unknown {
		return s.assign(b, s.term(a))
	}
	x, y := s.term(a), s.term(b)
	s.learnName(x, y)
	s.learnName(y, x)
	return s.compare(prefilter.Equal, x, y)
}

// learnName remembers that the argument with an index has a certain name.
func (s *scope) learnName(x, y symbol) {
	if name, ok := y.text(); ok && x.kind == arg && x.key == "name" {
		s.names[x.index] = name
	}
}

// test is for a test of a text against another.
func (s *scope) test(op prefilter.Op, operands []*ast.Term) prefilter.Condition {
	if len(operands) != 2 {
		return prefilter.Any()
	}
	return s.compare(op, s.term(operands[0]), s.term(operands[1]))
}

// testAny is for a test of a text against all of a collection.
func (s *scope) testAny(op prefilter.Op, operands []*ast.Term) prefilter.Condition {
	if len(operands) != 2 {
		return prefilter.Any()
	}
	return s.anyOf(op, s.term(operands[0]), s.term(operands[1]))
}

// anyOf is for a text, or any of a list, against a constant one, or any of a
// collection.
func (s *scope) anyOf(op prefilter.Op, x, y symbol) prefilter.Condition {
	if list, ok := y.elements(); ok {
		y = ofElements(list)
	}
	if tooMany(x, y) {
		return prefilter.Any()
	}
	if x.kind == choice {
		return s.eachWay(x, func(w symbol) prefilter.Condition { return s.anyOf(op, w, y) })
	}
	if y.kind == choice {
		return s.eachWay(y, func(w symbol) prefilter.Condition { return s.anyOf(op, x, w) })
	}
	if x.kind != place || x.place.Source != prefilter.Arg {
		return s.compare(op, x, y)
	}
	// One text or a list of them: what it is only the event can tell.
	each := x
	each.place.Source = prefilter.Element
	return prefilter.Either(s.compare(op, x, y), s.compare(op, each, y))
}

// member is for a value in a collection.
func (s *scope) member(operands []*ast.Term) prefilter.Condition {
	if len(operands) != 2 {
		return prefilter.Any()
	}
	return s.memberOf(s.term(operands[0]), s.term(operands[1]))
}

func (s *scope) memberOf(x, in symbol) prefilter.Condition {
	if in.kind == choice {
		return s.eachWay(in, func(w symbol) prefilter.Condition { return s.memberOf(x, w) })
	}
	if list, ok := in.elements(); ok {
		return s.compare(prefilter.Equal, x, ofElements(list))
	}
	if in.kind == place && in.place.Source == prefilter.Arg && !in.folded {
		in.place.Source = prefilter.Element
		return s.compare(prefilter.Equal, in, x)
	}
	return prefilter.Any()
}

// lower remembers a place in lower case.
func (s *scope) lower(operands []*ast.Term) {
	if len(operands) != 2 {
		return
	}
	x := s.term(operands[0])
	name, ok := operands[1].Value.(ast.Var)
	if ok {
		s.vars[name] = folded(x)
	}
}

func folded(x symbol) symbol {
	switch x.kind {
	case place:
		x.folded = true
		return x
	case choice:
		result := symbol{kind: choice}
		for _, w := range x.ways {
			result.ways = append(result.ways, way{w.condition, folded(w.symbol)})
		}
		return result
	default:
		return symbol{}
	}
}
