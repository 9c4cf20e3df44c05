package event

import (
	"reflect"
	"testing"
)

func TestLabels(t *testing.T) {
	for _, pairs := range [][]string{nil, {}, {"a"}} {
		if NewLabels(pairs...) != nil {
			t.Errorf("%q makes labels", pairs)
		}
	}
	l := NewLabels("app", "shop", "a", "1", "app", "mall", "left over")
	if l.Len() != 3 {
		t.Errorf("%d labels", l.Len())
	}
	for _, tt := range []struct {
		labels     *Labels
		key, value string
		ok         bool
	}{{l, "a", "1", true}, {l, "app", "mall", true}, {l, "shop", "", false}, {nil, "a", "", false}} {
		if value, ok := tt.labels.Get(tt.key); value != tt.value || ok != tt.ok {
			t.Errorf("%s is %q, %v", tt.key, value, ok)
		}
	}
	if got, want := l.Map(), map[string]string{"app": "mall", "a": "1"}; !reflect.DeepEqual(got, want) {
		t.Errorf("map %v", got)
	}
	if (*Labels)(nil).Map() != nil {
		t.Error("no labels make a map")
	}
	var seen []string
	for key, value := range l.All() {
		if seen = append(seen, key, value); key == "a" {
			break
		}
	}
	if !reflect.DeepEqual(seen, []string{"app", "shop", "a", "1"}) {
		t.Errorf("walked over %q", seen)
	}
}

func TestLabelsEqual(t *testing.T) {
	one := NewLabels("a", "1", "b", "2")
	for _, tt := range []struct {
		a, b *Labels
		want bool
	}{
		{nil, nil, true},
		{nil, &Labels{}, true},
		{one, nil, false},
		{nil, one, false},
		{one, one, true},
		{one, NewLabels("a", "1", "b", "2"), true},
		{one, NewLabels("b", "2", "a", "1"), false},
		{one, NewLabels("a", "1"), false},
	} {
		if got := tt.a.Equal(tt.b); got != tt.want {
			t.Errorf("%v and %v: %v", tt.a, tt.b, got)
		}
	}
}
