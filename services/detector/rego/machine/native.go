package machine

import "github.com/weirsec/weir/services/detector/rego/value"

// nativeBuiltin returns a function of OPA's in Go over values, nil where there
// is none. It answers for arguments of the usual types only: for all others,
// and so for every error, OPA's own function is asked.
func nativeBuiltin(name string) native {
	for _, family := range [...]func(string) native{compareFunction, textFunction, typeFunction, numberFunction, listFunction} {
		if f := family(name); f != nil {
			return f
		}
	}
	switch name {
	case "regex.match", "re_match":
		return newPatterns().match
	case "net.cidr_contains":
		return newNetworks().contains
	default:
		return nil
	}
}

// compareFunction compares any two values, and never fails.
func compareFunction(name string) native {
	compare := func(holds func(int) bool) native {
		return func(_ *Machine, args []value.Value) (value.Value, bool) {
			return value.Bool(holds(value.Compare(args[0], args[1]))), true
		}
	}
	switch name {
	case "equal":
		return func(_ *Machine, args []value.Value) (value.Value, bool) {
			return value.Bool(value.Equal(args[0], args[1])), true
		}
	case "neq":
		return func(_ *Machine, args []value.Value) (value.Value, bool) {
			return value.Bool(!value.Equal(args[0], args[1])), true
		}
	case "lt":
		return compare(func(c int) bool { return c < 0 })
	case "lte":
		return compare(func(c int) bool { return c <= 0 })
	case "gt":
		return compare(func(c int) bool { return c > 0 })
	case "gte":
		return compare(func(c int) bool { return c >= 0 })
	default:
		return nil
	}
}

// typeFunction tells the type of a value.
func typeFunction(name string) native {
	is := func(kinds ...value.Kind) native {
		return func(_ *Machine, args []value.Value) (value.Value, bool) {
			for _, k := range kinds {
				if args[0].Kind() == k {
					return value.Bool(true), true
				}
			}
			return value.Bool(false), true
		}
	}
	switch name {
	case "is_string":
		return is(value.KindString)
	case "is_number":
		return is(value.KindInt, value.KindNumber)
	case "is_boolean":
		return is(value.KindBool)
	case "is_array":
		return is(value.KindArray)
	case "is_object":
		return is(value.KindObject)
	case "is_set":
		return is(value.KindSet)
	case "is_null":
		return is(value.KindNull)
	default:
		return nil
	}
}

// numberFunction calculates with whole numbers that stay in their range.
func numberFunction(name string) native {
	calculate := func(f func(a, b int64) (int64, bool)) native {
		return func(_ *Machine, args []value.Value) (value.Value, bool) {
			a, ok := args[0].Int()
			b, also := args[1].Int()
			if !ok || !also {
				return value.Value{}, false
			}
			sum, fits := f(a, b)
			return value.Int(sum), fits
		}
	}
	switch name {
	case "plus":
		return calculate(add)
	case "minus":
		return calculate(func(a, b int64) (int64, bool) {
			difference := a - b
			return difference, (difference < a) == (b > 0)
		})
	case "mul":
		return calculate(func(a, b int64) (int64, bool) {
			const half = 1 << 31
			return a * b, a > -half && a < half && b > -half && b < half
		})
	default:
		return nil
	}
}

func add(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (sum > a) == (b > 0)
}
