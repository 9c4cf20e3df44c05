package bounded

// maxGhosts is how many removed keys a Store remembers.
const maxGhosts = 4096

// Store is a map from K to V whose items have sizes. Make it with New.
type Store[K comparable, V any] struct {
	limit, bytes  int
	items         map[K]*Item[K, V]
	used, retired queue[K, V]

	// removed is told about each item that is removed.
	removed func(*Item[K, V])
	evicted uint64
	// gone are the ghosts: keys that were removed and are not back.
	gone   map[K]*Item[K, struct{}]
	ghosts queue[K, struct{}]
}

// New returns a Store that Trim keeps within limit bytes. removed, which may
// be nil, is called with each item that has just been removed.
func New[K comparable, V any](limit int, removed func(*Item[K, V])) *Store[K, V] {
	s := &Store[K, V]{limit: limit, removed: removed}
	s.items, s.gone = make(map[K]*Item[K, V]), make(map[K]*Item[K, struct{}])
	s.used.init()
	s.retired.init()
	s.ghosts.init()
	return s
}

// Peek returns the item of a key, or nil, and does not count as use.
func (s *Store[K, V]) Peek(k K) *Item[K, V] { return s.items[k] }

// Get returns the item of a key, or nil, and marks it as just used.
func (s *Store[K, V]) Get(k K) *Item[K, V] {
	it := s.items[k]
	if it != nil {
		s.Use(it)
	}
	return it
}

// Use marks an item of the store as just used.
func (s *Store[K, V]) Use(it *Item[K, V]) {
	if !it.retired && it != s.used.root.prev {
		it.unlink()
		s.used.push(it)
	}
}

// Add returns the item of a key, which it makes with size bytes if need be.
func (s *Store[K, V]) Add(k K, size int) *Item[K, V] {
	if it := s.Get(k); it != nil {
		return it
	}
	it := &Item[K, V]{Key: k}
	s.items[k] = it
	s.used.push(it)
	s.Grow(it, size)
	if ghost := s.gone[k]; ghost != nil {
		ghost.unlink()
		delete(s.gone, k)
	}
	return it
}

// Grow changes the size of an item by n bytes.
func (s *Store[K, V]) Grow(it *Item[K, V], n int) {
	it.size += n
	s.bytes += n
}

// Retire marks an item as one that is only kept for a while longer, counted
// from at.
func (s *Store[K, V]) Retire(it *Item[K, V], at int64) {
	it.unlink()
	it.retired, it.retiredAt = true, at
	// Items retire nearly in order of time: look for the place from the end.
	place := &s.retired.root
	for place.prev != &s.retired.root && place.prev.retiredAt > at {
		place = place.prev
	}
	it.insertBefore(place)
}

// Restore takes back Retire.
func (s *Store[K, V]) Restore(it *Item[K, V]) {
	if it.retired {
		it.unlink()
		it.retired = false
		s.used.push(it)
	}
}

// Expire removes the items that were retired at or before a time.
func (s *Store[K, V]) Expire(until int64) {
	for it := s.retired.oldest(); it != nil && it.retiredAt <= until; it = s.retired.oldest() {
		s.remove(it)
	}
}

// Trim evicts items until the limit is kept.
func (s *Store[K, V]) Trim() {
	for s.bytes > s.limit {
		it := s.retired.oldest()
		if it == nil {
			it = s.used.oldest()
		}
		if it == nil {
			return
		}
		s.remove(it)
		s.evicted++
	}
}

func (s *Store[K, V]) remove(it *Item[K, V]) {
	it.unlink()
	delete(s.items, it.Key)
	s.bytes -= it.size
	if s.removed != nil {
		s.removed(it)
	}
	s.remember(it.Key)
}

// remember makes a ghost of a key that is not in the store.
func (s *Store[K, V]) remember(k K) {
	ghost := s.gone[k]
	switch {
	case ghost != nil:
		ghost.unlink()
	case len(s.gone) >= maxGhosts:
		ghost = s.ghosts.oldest()
		ghost.unlink()
		delete(s.gone, ghost.Key)
		ghost.Key = k
	default:
		ghost = &Item[K, struct{}]{Key: k}
	}
	s.ghosts.push(ghost)
	s.gone[k] = ghost
}

// Gone reports whether a key was there and has been removed; it remembers some
// thousand of them.
func (s *Store[K, V]) Gone(k K) bool {
	_, gone := s.gone[k]
	return gone
}

// Len returns the number of items.
func (s *Store[K, V]) Len() int { return len(s.items) }

// Bytes returns the size of all items.
func (s *Store[K, V]) Bytes() int { return s.bytes }

// Evicted returns how many items Trim has removed since the beginning.
func (s *Store[K, V]) Evicted() uint64 { return s.evicted }
