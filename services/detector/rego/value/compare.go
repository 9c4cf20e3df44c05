package value

import (
	"cmp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// rank orders the kinds as OPA does.
func (v Value) rank() int {
	switch k := v.Kind(); k {
	case KindInt:
		return int(KindNumber)
	default:
		return int(k)
	}
}

// Equal reports whether two values are the same to Rego: 1 and 1.0 are.
func Equal(a, b Value) bool {
	if a.kind == b.kind {
		switch a.kind {
		case KindUndefined, KindNull:
			return true
		case KindBool, KindInt:
			return a.num == b.num
		case KindString:
			return a.num == b.num && a.text() == b.text()
		}
	}
	return Compare(a, b) == 0
}

// Compare orders two values as OPA does: undefined before null, false, true,
// numbers, strings, arrays, objects, sets.
func Compare(a, b Value) int {
	if c := cmp.Compare(a.rank(), b.rank()); c != 0 {
		return c
	}
	switch a.Kind() {
	case KindBool:
		return cmp.Compare(a.num, b.num)
	case KindInt, KindNumber:
		return compareNumbers(a, b)
	case KindString:
		return strings.Compare(a.text(), b.text())
	case KindArray:
		return compareArrays(a, b)
	case KindObject:
		return compareObjects(a, b)
	case KindSet:
		return compareSets(a.Set(), b.Set())
	default:
		return 0
	}
}

func compareNumbers(a, b Value) int {
	if a.kind == KindInt && b.kind == KindInt {
		return cmp.Compare(int64(a.num), int64(b.num))
	}
	return ast.NumberCompare(ast.Number(a.numberText()), ast.Number(b.numberText()))
}

func compareArrays(a, b Value) int {
	for i := range min(a.Len(), b.Len()) {
		if c := Compare(a.index(i), b.index(i)); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.Len(), b.Len())
}

func compareObjects(a, b Value) int {
	left, right := Iterate(a), Iterate(b)
	for {
		leftKey, leftValue, more := left.Next()
		rightKey, rightValue, also := right.Next()
		switch {
		case !more && !also:
			return 0
		case !more:
			return -1
		case !also:
			return 1
		}
		if c := Compare(leftKey, rightKey); c != 0 {
			return c
		}
		if c := Compare(leftValue, rightValue); c != 0 {
			return c
		}
	}
}

func compareSets(a, b *Set) int {
	for i := range min(a.Len(), b.Len()) {
		if c := Compare(a.At(i), b.At(i)); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.Len(), b.Len())
}
