package record

// slabSize is how many elements are allocated at once.
const slabSize = 256

// slab hands out parts of larger allocations, never the same twice, so that a
// batch of events costs a few allocations instead of several per event.
type slab[T any] struct{ free []T }

// take returns n zero elements that nothing else refers to.
func (s *slab[T]) take(n int) []T {
	if n > len(s.free) {
		if n > slabSize/4 {
			return make([]T, n)
		}
		s.free = make([]T, slabSize)
	}
	part := s.free[:n:n]
	s.free = s.free[n:]
	return part
}
