package event

import (
	"math"
	"testing"
)

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
