package value

import "github.com/open-policy-agent/opa/v1/ast"

// Iterator walks over a collection in OPA's order.
type Iterator struct {
	of Value
	i  int
	n  int
}

// Iterate returns an Iterator over a value; what is no collection has nothing
// to walk over.
func Iterate(v Value) Iterator {
	// Sorted once here, so that every step is cheap.
	switch v.kind {
	case KindObject:
		v.Object().sort()
	case KindSet:
		v.Set().sort()
	}
	return Iterator{of: v, n: v.Len()}
}

// Next returns the next key and value: index and element of an array, the
// element twice for a set. The last result is false at the end.
func (it *Iterator) Next() (key, val Value, ok bool) {
	if it.i >= it.n {
		return Value{}, Value{}, false
	}
	i := it.i
	it.i++
	switch it.of.kind {
	case KindArray, viewTexts, viewArgs:
		return Int(int64(i)), it.of.index(i), true
	case KindObject:
		o := it.of.Object()
		return o.keys[i], o.values[i], true
	case KindSet:
		v := it.of.Set().keys[i]
		return v, v, true
	default:
		key, val = it.of.member(i)
		return key, val, true
	}
}

// Len returns how many elements a collection has, and 0 for other values.
func (v Value) Len() int {
	switch v.kind {
	case KindArray:
		return v.Array().Len()
	case KindObject:
		return v.Object().Len()
	case KindSet:
		return v.Set().Len()
	case viewTexts:
		return int(v.num)
	case viewArgs:
		return v.event().argCount()
	default:
		return v.members()
	}
}

// IsCollection reports whether the value is an array, an object or a set.
func (v Value) IsCollection() bool { return v.kind >= KindArray }

// index returns element i of an array.
func (v Value) index(i int) Value {
	switch v.kind {
	case KindArray:
		return v.Array().items[i]
	case viewTexts:
		return String(v.texts()[i])
	default:
		return view(viewArg, v.event(), i)
	}
}

// Get returns what a reference with this key leads to: an element, a member,
// or the element of a set itself. It is undefined where there is none.
func (v Value) Get(key Value) Value {
	switch v.kind {
	case KindArray, viewTexts, viewArgs:
		if i, ok := key.place(); ok && i >= 0 && i < int64(v.Len()) {
			return v.index(int(i))
		}
		return Value{}
	case KindObject:
		return v.Object().Get(key)
	case KindSet:
		if v.Set().Has(key) {
			return key
		}
		return Value{}
	case KindUndefined, KindNull, KindBool, KindInt, KindNumber, KindString:
		return Value{}
	}
	name, ok := key.Text()
	if !ok {
		return Value{}
	}
	return v.Member(name)
}

// place returns a number as an index; 1.0 is one too.
func (v Value) place() (int64, bool) {
	switch v.kind {
	case KindInt:
		return int64(v.num), true
	case KindNumber:
		return ast.Number(v.text()).Int64()
	default:
		return 0, false
	}
}
