package recent

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

func TestSetAdd(t *testing.T) {
	tests := []struct {
		name     string
		capacity int
		add      []string
		want     []bool
		has      []string
		gone     []string
	}{
		{"new and again", 4, []string{"a", "b", "a"}, []bool{true, true, false}, []string{"a", "b"}, nil},
		{"oldest is forgotten", 2, []string{"a", "b", "c"}, []bool{true, true, true}, []string{"b", "c"}, []string{"a"}},
		{
			"a repeat does not stay", 2,
			[]string{"a", "b", "a", "c"},
			[]bool{true, true, false, true},
			[]string{"b", "c"},
			[]string{"a"},
		},
		{"forgotten counts as new", 1, []string{"a", "b", "a"}, []bool{true, true, true}, []string{"a"}, []string{"b"}},
		{"capacity below one", 0, []string{"a", "a"}, []bool{true, false}, []string{"a"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := New(tt.capacity)
			for i, key := range tt.add {
				if got := s.Add(key); got != tt.want[i] {
					t.Errorf("Add(%q), call %d, = %v, want %v", key, i+1, got, tt.want[i])
				}
			}
			for _, key := range tt.has {
				if !s.Has(key) {
					t.Errorf("Has(%q) = false", key)
				}
			}
			for _, key := range tt.gone {
				if s.Has(key) {
					t.Errorf("Has(%q) = true", key)
				}
			}
		})
	}
}

func TestSetIsBounded(t *testing.T) {
	s := New(10)
	for i := range 1000 {
		s.Add(fmt.Sprint(i))
	}
	if len(s.places) != 10 || s.order.Len() != 10 {
		t.Errorf("holds %d keys in %d places, want 10", s.order.Len(), len(s.places))
	}
}

// Of many goroutines that add the same key, exactly one is told that it is new.
func TestSetConcurrent(t *testing.T) {
	s := New(100)
	var fresh atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 100 {
				if s.Add(fmt.Sprint(i)) {
					fresh.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if fresh.Load() != 100 {
		t.Errorf("%d keys were new, want 100", fresh.Load())
	}
}
