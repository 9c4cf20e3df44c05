package bounded

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// keys lists what is in the store in the order in which Trim would evict it.
func keys(s *Store[int, string]) []int {
	var list []int
	for _, q := range []*queue[int, string]{&s.retired, &s.used} {
		for it := q.root.next; it != &q.root; it = it.next {
			list = append(list, it.Key)
		}
	}
	return list
}

func TestStoreOrder(t *testing.T) {
	tests := []struct {
		name string
		do   func(s *Store[int, string])
		want []int
	}{
		{"as added", func(*Store[int, string]) {}, []int{1, 2, 3, 4}},
		{"use moves to the end", func(s *Store[int, string]) { s.Get(2) }, []int{1, 3, 4, 2}},
		{"peek does not", func(s *Store[int, string]) { s.Peek(2) }, []int{1, 2, 3, 4}},
		{"adding again is use", func(s *Store[int, string]) { s.Add(1, 9) }, []int{2, 3, 4, 1}},
		{"retired go first", func(s *Store[int, string]) { s.Retire(s.Peek(3), 5) }, []int{3, 1, 2, 4}},
		{"retired by time", func(s *Store[int, string]) {
			s.Retire(s.Peek(3), 7)
			s.Retire(s.Peek(2), 5)
			s.Retire(s.Peek(1), 6)
		}, []int{2, 1, 3, 4}},
		{"use does not revive", func(s *Store[int, string]) {
			s.Retire(s.Peek(4), 1)
			s.Get(4)
		}, []int{4, 1, 2, 3}},
		{"restore does", func(s *Store[int, string]) {
			s.Retire(s.Peek(1), 1)
			s.Restore(s.Peek(1))
			s.Restore(s.Peek(2))
		}, []int{2, 3, 4, 1}},
		{"retire twice", func(s *Store[int, string]) {
			s.Retire(s.Peek(1), 1)
			s.Retire(s.Peek(2), 2)
			s.Retire(s.Peek(1), 3)
		}, []int{2, 1, 3, 4}},
		{"expire", func(s *Store[int, string]) {
			s.Retire(s.Peek(1), 1)
			s.Retire(s.Peek(2), 3)
			s.Expire(2)
		}, []int{2, 3, 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := New[int, string](1000, nil)
			for k := 1; k <= 4; k++ {
				s.Add(k, 10)
			}
			tt.do(s)
			if got := keys(s); !slices.Equal(got, tt.want) {
				t.Errorf("order = %v, want %v", got, tt.want)
			}
			if s.Evicted() != 0 {
				t.Errorf("evicted = %d, want 0: nothing was over the limit", s.Evicted())
			}
		})
	}
}

func TestStoreTrim(t *testing.T) {
	var removed []int
	s := New(35, func(it *Item[int, string]) { removed = append(removed, it.Key) })
	for k := 1; k <= 5; k++ {
		s.Add(k, 10)
	}
	s.Retire(s.Peek(4), 1)
	s.Trim()
	if got, want := keys(s), []int{2, 3, 5}; !slices.Equal(got, want) {
		t.Errorf("kept %v, want %v: the retired one and then the oldest go", got, want)
	}
	if s.Evicted() != 2 || s.Bytes() != 30 || s.Len() != 3 {
		t.Errorf("evicted %d, bytes %d, len %d, want 2, 30, 3", s.Evicted(), s.Bytes(), s.Len())
	}
	for k, want := range map[int]bool{1: true, 4: true, 2: false, 99: false} {
		if s.Gone(k) != want {
			t.Errorf("Gone(%d) = %v, want %v", k, !want, want)
		}
	}
	if want := []int{4, 1}; !slices.Equal(removed, want) {
		t.Errorf("told about %v, want %v", removed, want)
	}
	s.Add(1, 1)
	if s.Gone(1) {
		t.Error("a key that came back is still gone")
	}
	s.Grow(s.Peek(1), 1000)
	s.Trim()
	if s.Len() != 0 || s.Bytes() != 0 {
		t.Errorf("an item larger than the limit stayed: %v", keys(s))
	}
	s.Trim()
}

func TestStoreRemembersBounded(t *testing.T) {
	s := New[int, string](0, nil)
	const n = 3 * maxGhosts
	for k := range n {
		s.Add(k, 1)
		s.Trim()
	}
	if listed := len(slices.Collect(s.Ghosts())); len(s.gone) != maxGhosts || listed != maxGhosts {
		t.Errorf("remembers %d keys and lists %d, want %d", len(s.gone), listed, maxGhosts)
	}
	if !s.Gone(n-1) || s.Gone(0) {
		t.Error("the last keys should be remembered and the first ones not")
	}
}

// TestStoreRandom compares the sums with what is really there.
func TestStoreRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	s := New[int, string](500, nil)
	for step := range 20000 {
		k := rnd.IntN(100)
		switch it := s.Peek(k); rnd.IntN(6) {
		case 0, 1:
			s.Add(k, rnd.IntN(40))
		case 2:
			s.Get(k)
		case 3:
			if it != nil {
				s.Retire(it, int64(rnd.IntN(1000)))
			}
		case 4:
			if it != nil {
				s.Restore(it)
			}
		case 5:
			s.Expire(int64(rnd.IntN(20)))
		}
		s.Trim()
		bytes, list := 0, keys(s)
		for _, k := range list {
			bytes += s.items[k].size
		}
		if s.Bytes() != bytes || s.Len() != len(list) || bytes > 500 {
			t.Fatalf("step %d: bytes %d (really %d), len %d (really %d)", step, s.Bytes(), bytes, s.Len(), len(list))
		}
	}
	if s.Evicted() == 0 {
		t.Error("nothing was evicted: the test does not reach the limit")
	}
}

func BenchmarkGet(b *testing.B) {
	s := New[int, string](1<<30, nil)
	for k := range 1000 {
		s.Add(k, 10)
	}
	k := 0
	for b.Loop() {
		s.Get(k)
		k = (k + 7) % 1000
	}
}
