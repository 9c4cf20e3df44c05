package slab

import (
	"math/rand/v2"
	"testing"
)

// However many are asked for at once, each is a zero value of its own.
func TestSlab(t *testing.T) {
	var s Slab[int]
	seen := map[*int]bool{}
	for i := range 5000 {
		n := rand.IntN(4)
		if i%100 == 0 {
			n = 1000
		}
		list := s.Make(n)
		if len(list) != n || cap(list) != n {
			t.Fatalf("%d of %d, room for %d", len(list), n, cap(list))
		}
		for k := range list {
			if p := &list[k]; *p != 0 || seen[p] {
				t.Fatalf("value %d is %d, seen before: %t", k, *p, seen[p])
			}
			seen[&list[k]], list[k] = true, 1
		}
		if p := s.New(); *p != 0 || seen[p] {
			t.Fatalf("a new value is %d, seen before: %t", *p, seen[p])
		}
	}
}

func TestSlabMakesFewAllocations(t *testing.T) {
	var s Slab[[4]int]
	if n := testing.AllocsPerRun(10, func() {
		for range 1024 {
			s.New()
		}
	}); n > 3 {
		t.Errorf("%v allocations for 1024 values", n)
	}
}
