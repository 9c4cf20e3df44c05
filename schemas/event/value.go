package event

import (
	"math"
	"slices"
	"unsafe"
)

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

// Value is one argument's value: a tagged union of 24 bytes, of which a batch
// holds thousands. The zero Value is null. Values cannot be compared with ==,
// which would compare addresses.
type Value struct {
	_    [0]func()
	kind Kind
	// num is the number itself, or how many bytes or elements ptr points at.
	num uint64
	// ptr is the first byte of a text or the first string of a list, which it
	// keeps alive; nil for other kinds. Only ofText and ofList write it, only
	// Text and List read it, and both look at the kind first.
	ptr unsafe.Pointer
}

// ofText returns a value whose text Text finds again.
func ofText(kind Kind, s string) Value {
	return Value{kind: kind, num: uint64(len(s)), ptr: unsafe.Pointer(unsafe.StringData(s))}
}

// ofList returns a value whose elements List finds again.
func ofList(kind Kind, list []string) Value {
	return Value{kind: kind, num: uint64(len(list)), ptr: unsafe.Pointer(unsafe.SliceData(list))}
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
func String(s string) Value { return ofText(KindString, s) }

// Strings returns a list of texts, which must not be changed afterwards.
func Strings(list []string) Value { return ofList(KindStrings, list) }

// Bytes returns a byte string, held as a Go string.
func Bytes(b string) Value { return ofText(KindBytes, b) }

// Map returns a list of pairs: key, value, key, value.
func Map(pairs ...string) Value { return ofList(KindMap, pairs) }

// JSON returns a value of unknown type from its JSON text, which must be valid.
func JSON(text string) Value { return ofText(KindJSON, text) }

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
func (v Value) Text() string {
	switch v.kind {
	case KindString, KindBytes, KindJSON:
		return unsafe.String((*byte)(v.ptr), int(v.num))
	default:
		return ""
	}
}

// List returns the elements of a list, or the pairs of a map, or nil. The
// caller must not change them.
func (v Value) List() []string {
	switch v.kind {
	case KindStrings, KindMap:
		return unsafe.Slice((*string)(v.ptr), int(v.num))
	default:
		return nil
	}
}

// Equal reports whether two values have the same kind and content. An empty list
// is a list, present or not; numbers are compared by their bits.
func (v Value) Equal(w Value) bool {
	switch {
	case v.kind != w.kind || v.num != w.num:
		return false
	case v.kind == KindStrings || v.kind == KindMap:
		return slices.Equal(v.List(), w.List())
	default:
		return v.Text() == w.Text()
	}
}

// String returns the value as JSON shows it, for messages to people.
func (v Value) String() string { return string(appendValue(nil, v)) }

// Lookup returns the value of a key in a map and whether it is there.
func (v Value) Lookup(key string) (string, bool) {
	if v.kind != KindMap {
		return "", false
	}
	list := v.List()
	for i := 0; i+1 < len(list); i += 2 {
		if list[i] == key {
			return list[i+1], true
		}
	}
	return "", false
}
