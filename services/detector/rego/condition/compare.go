package condition

import (
	"strings"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/prefilter"
)

// compare returns what must hold for a test of x against y to succeed. Two long
// lists are not compared with each other.
func (s *scope) compare(op prefilter.Op, x, y symbol) prefilter.Condition {
	switch {
	case tooMany(x, y):
		return prefilter.Any()
	case x.kind == choice:
		return s.eachWay(x, func(w symbol) prefilter.Condition { return s.compare(op, w, y) })
	case y.kind == choice:
		return s.eachWay(y, func(w symbol) prefilter.Condition { return s.compare(op, x, w) })
	case x.kind == constant && y.kind == constant:
		return constants(op, x, y)
	case x.kind == place:
		return atom(op, x, y)
	case y.kind == place && op == prefilter.Equal:
		return atom(op, y, x)
	default:
		return prefilter.Any()
	}
}

// eachWay asks the same of each value that a symbol may have, as long as there
// are not too many of them in all: then nothing is asked for.
func (s *scope) eachWay(of symbol, f func(symbol) prefilter.Condition) prefilter.Condition {
	if s.pairs -= len(of.ways); s.pairs < 0 {
		return prefilter.Any()
	}
	var ways []prefilter.Condition
	for _, w := range of.ways {
		ways = append(ways, prefilter.All(w.condition, f(w.symbol)))
	}
	return prefilter.Either(ways...)
}

// tooMany reports whether two symbols have more values than should be compared
// with each other.
func tooMany(x, y symbol) bool {
	return x.kind == choice && y.kind == choice && x.width()*y.width() > maxPairs/8
}

// constants decides a test of two constants.
func constants(op prefilter.Op, x, y symbol) prefilter.Condition {
	if op == prefilter.Equal {
		if ast.Compare(x.value, y.value) != 0 {
			return prefilter.Never()
		}
		return prefilter.Any()
	}
	a, first := x.text()
	b, second := y.text()
	if !first || !second {
		return prefilter.Any()
	}
	holds := false
	switch op {
	case prefilter.Prefix:
		holds = strings.HasPrefix(a, b)
	case prefilter.Suffix:
		holds = strings.HasSuffix(a, b)
	default:
		holds = strings.Contains(a, b)
	}
	if !holds {
		return prefilter.Never()
	}
	return prefilter.Any()
}

// atom is a test of a place against a constant text. Against anything else
// nothing can be told: a place may hold a number or a list as well.
func atom(op prefilter.Op, at, y symbol) prefilter.Condition {
	text, ok := y.text()
	if !ok {
		return prefilter.Any()
	}
	if at.folded {
		if !lowerASCII(text) {
			return prefilter.Any()
		}
		op = prefilter.ContainsFold
	}
	return prefilter.Is(prefilter.Atom{Place: at.place, Op: op, Text: text})
}

// lowerASCII reports whether a text is ASCII without capitals, so that a text in
// lower case can hold it.
func lowerASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf || text[i] >= 'A' && text[i] <= 'Z' {
			return false
		}
	}
	return true
}
