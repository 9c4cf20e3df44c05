package facts

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestPairs(t *testing.T) {
	many := map[string]string{}
	for i := range 100 {
		many[fmt.Sprintf("k%03d", i)] = "v"
	}
	large := map[string]string{}
	for i := range 20 {
		large[fmt.Sprintf("k%02d", i)] = strings.Repeat("v", 1000)
	}
	for _, c := range []struct {
		name   string
		labels map[string]string
		pairs  int
		first  []string
		cut    Cut
	}{
		{"none", nil, 0, nil, Cut{}},
		{"sorted", map[string]string{"b": "2", "a": "1", "": ""}, 3, []string{"", "", "a", "1"}, Cut{}},
		{"bytes", map[string]string{"\xff\x00": "\x1b"}, 1, []string{"\xff\x00", "\x1b"}, Cut{}},
		{"long value", map[string]string{"a": strings.Repeat("x", 5000)}, 1, []string{"a", strings.Repeat("x", maxText)}, Cut{Texts: 1}},
		{"long key", map[string]string{strings.Repeat("x", maxKey+1): "v", "z": "v"}, 1, []string{"z", "v"}, Cut{Labels: 1}},
		{"many", many, maxLabels, []string{"k000", "v"}, Cut{Labels: 36}},
		{"too large together", large, 8, nil, Cut{Labels: 12}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var cut Cut
			got := cut.Pairs(c.labels)
			if len(got) != 2*c.pairs || cut != c.cut {
				t.Errorf("%d pairs, cut %+v, want %d and %+v", len(got)/2, cut, c.pairs, c.cut)
			}
			if len(c.first) > 0 && !slices.Equal(got[:len(c.first)], c.first) {
				t.Errorf("begins with %q", got[:len(c.first)])
			}
		})
	}
}

func TestBound(t *testing.T) {
	long := strings.Repeat("x", 3000)
	box := Container{Runtime: long, Name: "web", Image: long, PodUID: long}
	var cut Cut
	cut.Bound(&box)
	if len(box.Runtime) != maxText || box.Name != "web" || len(box.Image) != maxText || len(box.PodUID) != maxText || cut.Texts != 3 {
		t.Errorf("%d texts cut: %d, %q, %d", cut.Texts, len(box.Runtime), box.Name, len(box.Image))
	}
	for id, want := range map[string]bool{"": false, "a": true, strings.Repeat("f", 64): true, long: false} {
		if ValidID(id) != want {
			t.Errorf("id of %d bytes: %v", len(id), !want)
		}
	}
}

// Whatever the labels are, what is kept is theirs and within the bounds, and
// what is not is counted.
func FuzzPairs(f *testing.F) {
	f.Add("a", "1", "b", strings.Repeat("x", 2000), uint8(70))
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string, n uint8) {
		labels := map[string]string{k1: v1, k2: v2}
		for i := range n {
			labels[fmt.Sprint(k1, i)] = v2
		}
		var cut Cut
		got := cut.Pairs(labels)
		size := 0
		for i := 0; i < len(got); i += 2 {
			size += len(got[i]) + len(got[i+1])
			if !strings.HasPrefix(labels[got[i]], got[i+1]) {
				t.Fatalf("%q is %q, really %q", got[i], got[i+1], labels[got[i]])
			}
		}
		if size > maxLabelBytes || len(got) > 2*maxLabels || len(got)/2+cut.Labels != len(labels) {
			t.Fatalf("%d pairs of %d bytes, %d left out of %d", len(got)/2, size, cut.Labels, len(slices.Collect(maps.Keys(labels))))
		}
	})
}
