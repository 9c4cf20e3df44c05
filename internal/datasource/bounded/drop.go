package bounded

// Drop removes an item that nobody will miss: it is not counted as an eviction,
// and Gone does not know of it.
func (s *Store[K, V]) Drop(it *Item[K, V]) {
	s.take(it)
}
