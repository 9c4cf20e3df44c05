package value

import (
	"strconv"
	"unsafe"
)

// Kind tells what a Value holds.
type Kind uint8

// The kinds. Those that begin with "view" in their names are parts of an event,
// read where they lie.
const (
	// KindUndefined is no value: the zero Value.
	KindUndefined Kind = iota
	KindNull
	KindBool
	// KindInt is a whole number that fits int64.
	KindInt
	// KindNumber is any other number, as its text.
	KindNumber
	KindString
	KindArray
	// viewTexts is an array of texts.
	viewTexts
	// viewArgs is the array of an event's arguments.
	viewArgs
	KindObject
	// viewPairs is an object of texts by texts.
	viewPairs
	// viewRoot is an event as a whole, viewArg one argument of it.
	viewRoot
	viewArg
	// The objects inside an event.
	viewExecutable
	viewContainer
	viewKubernetes
	viewFlags
	KindSet
)

// Value is one Rego value. It is 24 bytes, immutable but for collections that
// are still being built, and cannot be compared with ==.
type Value struct {
	_    [0]func()
	kind Kind
	num  uint64
	// ptr is what the kind says: the bytes of a text, a collection, an event.
	// Only the constructors of this file write it and only the accessors below
	// them read it, after they looked at the kind.
	ptr unsafe.Pointer
}

// Null returns null.
func Null() Value { return Value{kind: KindNull} }

// Bool returns a boolean.
func Bool(b bool) Value {
	v := Value{kind: KindBool}
	if b {
		v.num = 1
	}
	return v
}

// Int returns a whole number.
func Int(n int64) Value { return Value{kind: KindInt, num: uint64(n)} }

// Number returns the number that a JSON text stands for. The text is kept, as
// two texts may be equal numbers and still be told apart when they are shown.
func Number(text string) Value {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && canonical(text) {
		return Int(n)
	}
	return ofText(KindNumber, text)
}

// canonical reports whether a whole number is written as Int would write it.
func canonical(text string) bool {
	switch text[0] {
	case '+':
		return false
	case '-':
		return text[1] != '0'
	default:
		return len(text) == 1 || text[0] != '0'
	}
}

// String returns a text, which must be valid UTF-8.
func String(s string) Value { return ofText(KindString, s) }

func ofText(kind Kind, s string) Value {
	return Value{kind: kind, num: uint64(len(s)), ptr: unsafe.Pointer(unsafe.StringData(s))}
}

func ofTexts(kind Kind, list []string) Value {
	return Value{kind: kind, num: uint64(len(list)), ptr: unsafe.Pointer(unsafe.SliceData(list))}
}

// OfArray returns an array as a value.
func OfArray(a *Array) Value { return Value{kind: KindArray, ptr: unsafe.Pointer(a)} }

// OfObject returns an object as a value.
func OfObject(o *Object) Value { return Value{kind: KindObject, ptr: unsafe.Pointer(o)} }

// OfSet returns a set as a value.
func OfSet(s *Set) Value { return Value{kind: KindSet, ptr: unsafe.Pointer(s)} }

func view(kind Kind, e *Event, n int) Value {
	return Value{kind: kind, num: uint64(n), ptr: unsafe.Pointer(e)}
}

// Kind returns the kind, with views told as what they are views of.
func (v Value) Kind() Kind {
	switch v.kind {
	case viewTexts, viewArgs:
		return KindArray
	case viewPairs, viewRoot, viewArg, viewExecutable, viewContainer, viewKubernetes, viewFlags:
		return KindObject
	default:
		return v.kind
	}
}

// Defined reports whether there is a value.
func (v Value) Defined() bool { return v.kind != KindUndefined }

// IsFalse reports whether the value is false, the only one that makes an
// expression fail.
func (v Value) IsFalse() bool { return v.kind == KindBool && v.num == 0 }

// Truth returns a boolean, false for other kinds.
func (v Value) Truth() bool { return v.kind == KindBool && v.num != 0 }

// Int returns a whole number and whether the value is one that fits.
func (v Value) Int() (int64, bool) { return int64(v.num), v.kind == KindInt }

// Text returns a string and whether the value is one.
func (v Value) Text() (string, bool) {
	if v.kind != KindString {
		return "", false
	}
	return v.text(), true
}

// text is the text of a string or number.
func (v Value) text() string { return unsafe.String((*byte)(v.ptr), int(v.num)) }

// numberText is a number as it is written.
func (v Value) numberText() string {
	if v.kind == KindInt {
		return strconv.FormatInt(int64(v.num), 10)
	}
	return v.text()
}

func (v Value) texts() []string { return unsafe.Slice((*string)(v.ptr), int(v.num)) }

func (v Value) event() *Event { return (*Event)(v.ptr) }

// Array returns the array that is being built, nil for other kinds.
func (v Value) Array() *Array {
	if v.kind != KindArray {
		return nil
	}
	return (*Array)(v.ptr)
}

// Object returns the object that is being built, nil for other kinds.
func (v Value) Object() *Object {
	if v.kind != KindObject {
		return nil
	}
	return (*Object)(v.ptr)
}

// Set returns the set, nil for other kinds.
func (v Value) Set() *Set {
	if v.kind != KindSet {
		return nil
	}
	return (*Set)(v.ptr)
}
