package machine

import (
	"unicode/utf8"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// listFunction works on collections.
func listFunction(name string) native {
	switch name {
	case "count":
		return countOf
	case "sum":
		return sum
	case "internal.member_2":
		return member
	case "internal.member_3":
		return memberAt
	case "walk":
		return walk
	case "object.get":
		return objectGet
	case "numbers.range":
		return numberRange
	default:
		return nil
	}
}

func countOf(_ *Machine, args []value.Value) (value.Value, bool) {
	if text, ok := args[0].Text(); ok {
		return value.Int(int64(utf8.RuneCountInString(text))), true
	}
	return value.Int(int64(args[0].Len())), args[0].IsCollection()
}

func sum(_ *Machine, args []value.Value) (value.Value, bool) {
	if kind := args[0].Kind(); kind != value.KindArray && kind != value.KindSet {
		return value.Value{}, false
	}
	total := int64(0)
	for it := value.Iterate(args[0]); ; {
		_, v, more := it.Next()
		if !more {
			return value.Int(total), true
		}
		n, ok := v.Int()
		fits := false
		if total, fits = add(total, n); !ok || !fits {
			return value.Value{}, false
		}
	}
}

// member reports whether a value is in a collection: an element of it, or a
// value of an object's key.
func member(m *Machine, args []value.Value) (value.Value, bool) {
	wanted, in := args[0], args[1]
	switch in.Kind() {
	case value.KindSet:
		return value.Bool(in.Set().Has(wanted)), true
	case value.KindArray, value.KindObject:
		if !m.spend(int64(in.Len())) {
			return value.Value{}, true
		}
		for it := value.Iterate(in); ; {
			_, v, more := it.Next()
			if !more {
				return value.Bool(false), true
			}
			if value.Equal(v, wanted) {
				return value.Bool(true), true
			}
		}
	default:
		return value.Bool(false), true
	}
}

func memberAt(_ *Machine, args []value.Value) (value.Value, bool) {
	at := args[2].Get(args[0])
	return value.Bool(at.Defined() && value.Equal(at, args[1])), true
}

// numberRange is all whole numbers from one to another, upwards or downwards.
func numberRange(m *Machine, args []value.Value) (value.Value, bool) {
	from, first := args[0].Int()
	to, second := args[1].Int()
	if !first || !second {
		return value.Value{}, false
	}
	step, distance := int64(1), uint64(to)-uint64(from)
	if to < from {
		step, distance = -1, uint64(from)-uint64(to)
	}
	n := int64(min(distance, 1<<40)) + 1
	if !m.spend(n) || !m.charge(int(n)*bytesPerValue) {
		return value.Value{}, true
	}
	list := value.NewArray(int(n))
	for at := from; n > 0; at, n = at+step, n-1 {
		list.Append(value.Int(at))
	}
	return value.OfArray(list), true
}

func objectGet(_ *Machine, args []value.Value) (value.Value, bool) {
	if args[0].Kind() != value.KindObject || args[1].Kind() == value.KindArray {
		return value.Value{}, false
	}
	if v := args[0].Get(args[1]); v.Defined() {
		return v, true
	}
	return args[2], true
}
