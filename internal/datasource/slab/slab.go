package slab

const first, most = 16, 512

// Slab makes values of one type. The zero value is ready; it is used by one
// goroutine.
type Slab[T any] struct {
	free []T
	next int
}

// New returns a zero value.
func (s *Slab[T]) New() *T { return &s.Make(1)[0] }

// Make returns n zero values in a row; nobody else gets what follows them.
func (s *Slab[T]) Make(n int) []T {
	if n > len(s.free) {
		s.next = min(max(first, 2*s.next), most)
		if n > s.next/4 {
			return make([]T, n)
		}
		s.free = make([]T, s.next)
	}
	made := s.free[:n:n]
	s.free = s.free[n:]
	return made
}
