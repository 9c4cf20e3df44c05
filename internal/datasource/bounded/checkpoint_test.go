package bounded

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// copied makes a store of what another one's checkpoint would hold.
func copied(s *Store[int, string], removed func(*Item[int, string])) *Store[int, string] {
	out := New(s.limit, removed)
	for it := range s.Items() {
		made := out.Add(it.Key, it.Size())
		made.Value = it.Value
		if at, retired := it.Retired(); retired {
			out.Retire(made, at)
		}
	}
	out.Recall(s.Evicted(), s.Ghosts())
	return out
}

// step does one random thing, the same one to each store.
func step(rnd *rand.Rand, stores ...*Store[int, string]) {
	do, k, n := rnd.IntN(6), rnd.IntN(6000), rnd.IntN(40)
	if rnd.IntN(3) > 0 {
		k %= 50
	}
	for _, s := range stores {
		it := s.Peek(k)
		switch {
		case do <= 1:
			s.Add(k, n)
		case do == 2:
			s.Get(k)
		case do == 3 && it != nil:
			s.Retire(it, int64(n%10))
		case do == 4 && it != nil:
			s.Restore(it)
		case do == 5 && n == 0:
			s.Expire(int64(k % 10))
		}
		s.Trim()
	}
}

func TestCheckpointGoesOnAlike(t *testing.T) {
	for seed := range uint64(10) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		a := New[int, string](700, nil)
		for range rnd.IntN(60000) {
			step(rnd, a)
		}
		var gone []int
		b := copied(a, func(it *Item[int, string]) { gone = append(gone, it.Key) })
		a.removed = func(it *Item[int, string]) {
			if it.Value != "" {
				t.Errorf("the value of %d changed", it.Key)
			}
			gone = append(gone, -it.Key)
		}
		for range 5000 {
			step(rnd, a, b)
		}
		if !slices.Equal(keys(a), keys(b)) || a.Bytes() != b.Bytes() || a.Evicted() != b.Evicted() {
			t.Fatalf("seed %d: the copy went another way:\n%v\n%v", seed, keys(a), keys(b))
		}
		if !slices.Equal(slices.Collect(a.Ghosts()), slices.Collect(b.Ghosts())) {
			t.Fatalf("seed %d: the copy remembers other keys", seed)
		}
		sum := 0
		for _, k := range gone {
			sum += k
		}
		if sum != 0 || len(gone) == 0 {
			t.Errorf("seed %d: of %d removed keys not each was removed from both", seed, len(gone))
		}
	}
}

func TestItemsOrder(t *testing.T) {
	s := New[int, string](100, nil)
	for k := 1; k <= 5; k++ {
		s.Add(k, k)
	}
	s.Get(1)
	s.Retire(s.Peek(3), 9)
	s.Retire(s.Peek(4), 7)
	var list, sizes []int
	for it := range s.Items() {
		list, sizes = append(list, it.Key), append(sizes, it.Size())
	}
	if want := []int{2, 5, 1, 4, 3}; !slices.Equal(list, want) || !slices.Equal(sizes, want) {
		t.Errorf("items %v, sizes %v, want both %v", list, sizes, want)
	}
	for range s.Items() {
		break
	}
	if at, retired := s.Peek(4).Retired(); at != 7 || !retired {
		t.Errorf("4 retired at %d: %v, want at 7", at, retired)
	}
	if _, retired := s.Peek(1).Retired(); retired {
		t.Error("1 is retired")
	}
}

func TestRecall(t *testing.T) {
	s := New[int, string](100, nil)
	s.Add(2, 1)
	many := make([]int, maxGhosts+3)
	for i := range many {
		many[i] = i
	}
	s.Recall(7, slices.Values(append(many, 1)))
	if s.Evicted() != 7 || s.Gone(2) || !s.Gone(1) || s.Gone(0) || !s.Gone(maxGhosts+2) {
		t.Errorf("evicted %d, gone: 2 %v, 1 %v, 0 %v", s.Evicted(), s.Gone(2), s.Gone(1), s.Gone(0))
	}
	ghosts := slices.Collect(s.Ghosts())
	if len(ghosts) != maxGhosts || ghosts[len(ghosts)-1] != 1 || ghosts[0] != 4 {
		t.Errorf("%d ghosts, from %d to %d, want %d from 4 to 1", len(ghosts), ghosts[0], ghosts[len(ghosts)-1], maxGhosts)
	}
}
