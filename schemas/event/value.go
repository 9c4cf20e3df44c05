package event

import "math"

// Kind tells which type a Value holds.
type Kind uint8

// The kinds of values. Their numbers are part of the wire format: they are
// only ever added to.
const (
	KindNull Kind = iota
	KindBool
	KindInt
	KindUint
	KindFloat
	KindString
	// KindStrings is a list of strings (argv, envp).
	KindStrings
	// KindBytes holds bytes; JSON shows them in base64.
	KindBytes
	// KindMap is a list of string pairs in a fixed order (a socket address).
	KindMap
	// KindJSON holds a JSON text whose type is not known, as it was read.
	KindJSON
)

// Value is one argument's value: a tagged union without pointers to the heap
// but for its text. The zero Value is null.
type Value struct {
	kind Kind
	num  uint64
	str  string
	list []string
}

// Bool returns a boolean value.
func Bool(b bool) Value {
	if b {
		return Value{kind: KindBool, num: 1}
	}
	return Value{kind: KindBool}
}

// Int returns a signed number.
func Int(n int64) Value { return Value{kind: KindInt, num: uint64(n)} }

// Uint returns an unsigned number; addresses are numbers too.
func Uint(n uint64) Value { return Value{kind: KindUint, num: n} }

// Float returns a floating-point number.
func Float(f float64) Value { return Value{kind: KindFloat, num: math.Float64bits(f)} }

// String returns a text. It may hold any bytes: the kernel's strings are
// chosen by whoever is observed.
func String(s string) Value { return Value{kind: KindString, str: s} }

// Strings returns a list of texts, which must not be changed afterwards.
func Strings(list []string) Value { return Value{kind: KindStrings, list: list} }

// Bytes returns a byte string, held as a Go string.
func Bytes(b string) Value { return Value{kind: KindBytes, str: b} }

// Map returns a list of pairs: key, value, key, value.
func Map(pairs ...string) Value { return Value{kind: KindMap, list: pairs} }

// JSON returns a value of unknown type from its JSON text, which must be valid.
func JSON(text string) Value { return Value{kind: KindJSON, str: text} }

// Kind returns the value's kind.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return v.kind == KindNull }

// Bool returns the boolean, or false for other kinds.
func (v Value) Bool() bool { return v.kind == KindBool && v.num != 0 }

// Int returns a number as int64 and whether the value is a whole number that
// fits.
func (v Value) Int() (int64, bool) {
	switch v.kind {
	case KindInt:
		return int64(v.num), true
	case KindUint:
		return int64(v.num), v.num <= math.MaxInt64
	default:
		return 0, false
	}
}

// Uint returns a number as uint64 and whether the value is a whole number that
// fits.
func (v Value) Uint() (uint64, bool) {
	switch v.kind {
	case KindUint:
		return v.num, true
	case KindInt:
		return v.num, int64(v.num) >= 0
	default:
		return 0, false
	}
}

// Float returns the floating-point number, or 0 for other kinds.
func (v Value) Float() float64 {
	if v.kind != KindFloat {
		return 0
	}
	return math.Float64frombits(v.num)
}

// Text returns the text of a string, byte string or JSON value, or "".
func (v Value) Text() string { return v.str }

// List returns the elements of a list, or the pairs of a map, or nil. The
// caller must not change them.
func (v Value) List() []string { return v.list }

// Lookup returns the value of a key in a map and whether it is there.
func (v Value) Lookup(key string) (string, bool) {
	if v.kind != KindMap {
		return "", false
	}
	for i := 0; i+1 < len(v.list); i += 2 {
		if v.list[i] == key {
			return v.list[i+1], true
		}
	}
	return "", false
}
