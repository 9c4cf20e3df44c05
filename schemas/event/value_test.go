package event

import (
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// same compares events by content: the addresses inside values say nothing.
func same(a, b *Event) bool {
	x, y := *a, *b
	x.Values, y.Values = nil, nil
	return reflect.DeepEqual(x, y) && slices.EqualFunc(a.Values, b.Values, Value.Equal)
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		name     string
		value    Value
		signed   int64
		isInt    bool
		unsigned uint64
		isUint   bool
	}{
		{"null", Value{}, 0, false, 0, false},
		{"bool is no number", Bool(true), 0, false, 0, false},
		{"int", Int(5), 5, true, 5, true},
		{"negative", Int(-5), -5, true, math.MaxUint64 - 4, false},
		{"uint", Uint(5), 5, true, 5, true},
		{"address", Uint(math.MaxUint64), -1, false, math.MaxUint64, true},
		{"float", Float(5), 0, false, 0, false},
		{"text", String("5"), 0, false, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if n, ok := test.value.Int(); n != test.signed || ok != test.isInt {
				t.Errorf("Int = %d, %v", n, ok)
			}
			if n, ok := test.value.Uint(); n != test.unsigned || ok != test.isUint {
				t.Errorf("Uint = %d, %v", n, ok)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	all := []Value{
		{}, Bool(true), Int(1), Uint(1), Float(1), String("s"), Strings([]string{"a"}), Bytes("b"), Map("k", "v"), JSON("1"),
	}
	for want, v := range all {
		if v.Kind() != Kind(want) {
			t.Errorf("value %d has kind %d: the numbers are on the wire", want, v.Kind())
		}
		if v.IsNull() != (want == 0) {
			t.Errorf("kind %d: IsNull = %v", want, v.IsNull())
		}
		if v.Bool() != (v.Kind() == KindBool) {
			t.Errorf("kind %d: Bool = %v", want, v.Bool())
		}
		if (v.Float() == 1) != (v.Kind() == KindFloat) {
			t.Errorf("kind %d: Float = %v", want, v.Float())
		}
	}
	if Bool(false).Bool() {
		t.Error("false is true")
	}
}

func TestLookup(t *testing.T) {
	address := Map("sa_family", "AF_INET", "sin_addr", "1.2.3.4", "odd")
	for key, want := range map[string]string{"sa_family": "AF_INET", "sin_addr": "1.2.3.4"} {
		if got, ok := address.Lookup(key); got != want || !ok {
			t.Errorf("%s is %q, %v", key, got, ok)
		}
	}
	for _, key := range []string{"", "sin_port", "AF_INET", "odd"} {
		if got, ok := address.Lookup(key); ok {
			t.Errorf("%q is %q", key, got)
		}
	}
	if _, ok := Strings([]string{"a", "b"}).Lookup("a"); ok {
		t.Error("a list passes for a map")
	}
}

func TestEqual(t *testing.T) {
	all := []Value{
		{},
		Bool(true), Bool(false), Int(1), Uint(1), Int(2), Float(1), Float(2), String(""), String("a"), String("b"),
		String("ab"), Bytes("a"), JSON("a"), Strings(nil), Strings([]string{"a"}), Strings([]string{"b"}),
		Strings([]string{"a", "b"}), Map(), Map("a", "b"), Map("a", "c"),
	}
	for i, v := range all {
		for j, w := range all {
			if v.Equal(w) != (i == j) {
				t.Errorf("%d %s and %d %s: Equal = %v", v.Kind(), v, w.Kind(), w, v.Equal(w))
			}
		}
	}
	a, b := strings.Clone("text"), strings.Clone("text")
	if !String(a).Equal(String(b)) || !Strings([]string{a}).Equal(Strings([]string{b})) {
		t.Error("texts at other addresses are other values")
	}
	if !Strings(nil).Equal(Strings([]string{})) {
		t.Error("no list and an empty list are other values")
	}
}

func TestValueSize(t *testing.T) {
	if size := unsafe.Sizeof(Value{}); size != 24 {
		t.Errorf("a value takes %d bytes", size)
	}
	if reflect.TypeFor[Value]().Comparable() {
		t.Error("values can be compared by address with ==")
	}
}

// What kind a value has decides what its address points at.
func TestTextAndList(t *testing.T) {
	for _, test := range []struct {
		name  string
		value Value
		text  string
		list  []string
	}{
		{"null", Value{}, "", nil},
		{"number", Int(1 << 40), "", nil},
		{"bool", Bool(true), "", nil},
		{"text", String("abc"), "abc", nil},
		{"part of a text", String("abc"[3:]), "", nil},
		{"bytes", Bytes("\xff\x00"), "\xff\x00", nil},
		{"JSON", JSON("[]"), "[]", nil},
		{"list", Strings([]string{"a", "", "c"}), "", []string{"a", "", "c"}},
		{"part of a list", Strings([]string{"a", "b"}[1:]), "", []string{"b"}},
		{"nothing of a list", Strings([]string{"a"}[1:]), "", []string{}},
		{"map", Map("k", "v"), "", []string{"k", "v"}},
		{"no list", Strings(nil), "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.value.Text(); got != test.text {
				t.Errorf("Text = %q, want %q", got, test.text)
			}
			if got := test.value.List(); !reflect.DeepEqual(got, test.list) || cap(got) != len(got) {
				t.Errorf("List = %#v of %d, want %#v", got, cap(got), test.list)
			}
		})
	}
}

// A value alone keeps its text and its list alive.
func TestValuesHoldMemory(t *testing.T) {
	texts, lists := make([]Value, 1000), make([]Value, 1000)
	for i := range texts {
		texts[i] = String(strings.Repeat("x", i))
		lists[i] = Strings([]string{strings.Repeat("y", i), strings.Repeat("z", i)})
	}
	for range 3 {
		runtime.GC()
		garbage := make([][]byte, 1000)
		for i := range garbage {
			garbage[i] = []byte(strings.Repeat("!", i))
		}
		runtime.KeepAlive(garbage)
	}
	for i := range texts {
		if texts[i].Text() != strings.Repeat("x", i) || lists[i].List()[1] != strings.Repeat("z", i) {
			t.Fatalf("value %d became %s and %s", i, texts[i], lists[i])
		}
	}
}
