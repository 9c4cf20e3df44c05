package tracee

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
)

// address is data that knows how to be a map.
type address struct{ host string }

func (a address) ToMap() map[string]any { return map[string]any{"host": a.host} }

// broken is data that cannot be a map after all.
type broken struct{}

func (broken) ToMap() map[string]any { panic("no map") }

func TestPlain(t *testing.T) {
	list := []string{"a"}
	for _, c := range []struct {
		name       string
		given, out any
	}{
		{"nil", nil, nil},
		{"text", "a", "a"},
		{"int32", int32(7), int32(7)},
		{"uint64", uint64(math.MaxUint64), uint64(math.MaxUint64)},
		{"float", 1.5, 1.5},
		{"float32", float32(1.5), float32(1.5)},
		{"number", json.Number("7"), json.Number("7")},
		{"texts", list, []string{"a"}},
		{"struct", struct{ A int }{1}, map[string]any{"A": json.Number("1")}},
		{"struct with its own map", address{"h"}, map[string]any{"host": "h"}},
		{"bytes", []byte("a"), "YQ=="},
		{"nested", map[string]any{"a": []int{1}}, map[string]any{"a": []any{json.Number("1")}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := plain(c.given)
			if err != nil || !reflect.DeepEqual(got, c.out) {
				t.Errorf("got %T %v, %v; want %T %v", got, got, err, c.out, c.out)
			}
		})
	}
	if kept, _ := plain(list); &kept.([]string)[0] == &list[0] {
		t.Error("the list is shared with its author")
	}
	cycle := map[string]any{}
	cycle["self"] = cycle
	for name, given := range map[string]any{
		"infinity": math.Inf(1), "NaN": float32(math.NaN()), "function": func() {}, "cycle": cycle, "panic": broken{},
	} {
		if _, err := plain(given); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
