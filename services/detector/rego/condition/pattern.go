package condition

import (
	"regexp/syntax"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/prefilter"
)

// pattern is for a regular expression: what it cannot match without.
func (s *scope) pattern(operands []*ast.Term) prefilter.Condition {
	if len(operands) != 2 {
		return prefilter.Any()
	}
	text, ok := s.term(operands[0]).text()
	if !ok {
		return prefilter.Any()
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return prefilter.Any()
	}
	return s.required(parsed.Simplify(), s.term(operands[1]))
}

// required returns what a text must have in it to match: it begins with a text
// that the expression is anchored to, or holds its longest one.
func (s *scope) required(re *syntax.Regexp, subject symbol) prefilter.Condition {
	switch re.Op {
	case syntax.OpLiteral:
		return s.literal(prefilter.Contains, re, subject)
	case syntax.OpCapture, syntax.OpPlus:
		return s.required(re.Sub[0], subject)
	case syntax.OpAlternate:
		var ways []prefilter.Condition
		for _, sub := range re.Sub {
			ways = append(ways, s.required(sub, subject))
		}
		return prefilter.Either(ways...)
	case syntax.OpConcat:
		var parts []prefilter.Condition
		for i, sub := range re.Sub {
			if sub.Op == syntax.OpLiteral && i == 1 && re.Sub[0].Op == syntax.OpBeginText {
				parts = append(parts, s.literal(prefilter.Prefix, sub, subject))
				continue
			}
			parts = append(parts, s.required(sub, subject))
		}
		return prefilter.All(parts...)
	default:
		return prefilter.Any()
	}
}

func (s *scope) literal(op prefilter.Op, re *syntax.Regexp, subject symbol) prefilter.Condition {
	if re.Flags&syntax.FoldCase != 0 {
		return prefilter.Any()
	}
	return s.compare(op, subject, constantOf(ast.String(string(re.Rune))))
}
