package bounded

import "iter"

// A checkpoint of a Store is Items, Ghosts and Evicted. A Store that evicts in
// the same order and answers Gone alike is made of it so: New, then in the order
// of Items Add with the size and, for a retired one, Retire with its time; and
// Recall at last.

// Items yields what is in use, not used for longest first, and then what is
// retired, in the order in which it would be evicted. It does not count as use;
// the store must not be changed meanwhile.
func (s *Store[K, V]) Items() iter.Seq[*Item[K, V]] {
	return func(yield func(*Item[K, V]) bool) {
		_ = s.used.each(yield) && s.retired.each(yield)
	}
}

// Ghosts yields the keys of which Gone is true, removed for longest first.
func (s *Store[K, V]) Ghosts() iter.Seq[K] {
	return func(yield func(K) bool) {
		s.ghosts.each(func(ghost *Item[K, struct{}]) bool { return yield(ghost.Key) })
	}
}

// Recall sets what Evicted returns and remembers keys, in the order of Ghosts,
// as removed. Keys that are in the store are left out.
func (s *Store[K, V]) Recall(evicted uint64, ghosts iter.Seq[K]) {
	s.evicted = evicted
	for k := range ghosts {
		if s.items[k] == nil {
			s.remember(k)
		}
	}
}

// each calls f with the items, oldest first, until it returns false, and
// reports whether it never did.
func (q *queue[K, V]) each(f func(*Item[K, V]) bool) bool {
	for it := q.root.next; it != &q.root; it = it.next {
		if !f(it) {
			return false
		}
	}
	return true
}
