package recent

import (
	"container/list"
	"sync"
)

// Set holds the most recently added keys, at most its capacity. It is safe for
// concurrent use.
type Set struct {
	mu       sync.Mutex
	capacity int
	order    *list.List // of string, newest first
	places   map[string]*list.Element
}

// New returns an empty Set for at most capacity keys; a capacity below 1
// counts as 1.
func New(capacity int) *Set {
	return &Set{capacity: max(capacity, 1), order: list.New(), places: map[string]*list.Element{}}
}

// Has reports whether key was added and not forgotten since. It does not make
// the key any younger: a key that arrives again and again is still forgotten
// in the order in which it was first added.
func (s *Set) Has(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.places[key]
	return ok
}

// Add remembers key, forgetting the oldest where there is no room, and reports
// whether the key was new.
func (s *Set) Add(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.places[key]; ok {
		return false
	}
	s.places[key] = s.order.PushFront(key)
	if s.order.Len() > s.capacity {
		oldest := s.order.Back()
		delete(s.places, s.order.Remove(oldest).(string))
	}
	return true
}
