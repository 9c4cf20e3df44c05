package value

// Set is a set that is being built or was built.
type Set struct{ table }

// NewSet returns an empty set.
func NewSet() *Set { return &Set{} }

// Add puts an element in and reports whether it is new.
func (s *Set) Add(v Value) bool {
	if s.find(v) >= 0 {
		return false
	}
	s.add(v)
	return true
}

// Has reports whether an element is in the set.
func (s *Set) Has(v Value) bool { return s.find(v) >= 0 }

// Len returns the number of elements.
func (s *Set) Len() int { return len(s.keys) }

// At returns element i in OPA's order. The set must not grow afterwards while
// it is walked over.
func (s *Set) At(i int) Value {
	s.sort()
	return s.keys[i]
}

// sort brings the elements in order. A set that several goroutines share must
// be sorted before: see Freeze.
func (s *Set) sort() {
	if s.sorted {
		return
	}
	if places := s.order(); places != nil {
		s.keys = permute(s.keys, places)
		if len(s.keys) > linear {
			s.rehash()
		}
	}
	s.sorted = true
}
