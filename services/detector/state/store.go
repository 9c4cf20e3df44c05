package state

import (
	"strings"
	"sync/atomic"
)

// none ends the list of entries.
const none = int32(-1)

// Store is a keyed memory. An entry is there for events that happened up to
// TTL after the one that put it; the entry that was put longest ago makes room
// where there is none.
//
// What one event finds expired is forgotten for that key alone: an event with
// a wrong time must not empty the store for all others.
type Store struct {
	spec  Spec
	clock *Clock
	limit int

	index map[string]int32
	slots []slot
	// free is the first unused slot, oldest and newest the ends of the list of
	// the others in the order in which they were put.
	free, oldest, newest int32
	bytes                int

	size             atomic.Int64
	full, overweight atomic.Uint64
}

type slot struct {
	key, value string
	put        int64
	prev, next int32
}

// New returns an empty Store that tells time by the clock. The spec must be
// valid.
func New(spec Spec, clock *Clock) *Store {
	if spec.MaxEntries == 0 {
		spec.MaxEntries = defaultEntries
	}
	s := &Store{spec: spec, clock: clock, limit: max(spec.MaxEntries*bytesPerEntry, leastBytes)}
	s.reset()
	return s
}

// Spec returns the declaration, with the bound that holds.
func (s *Store) Spec() Spec { return s.spec }

// Get returns the value of a key and whether there is one. It does not
// allocate.
func (s *Store) Get(key string) (string, bool) {
	i, known := s.index[key]
	if !known {
		return "", false
	}
	if s.expired(&s.slots[i]) {
		s.remove(i)
		return "", false
	}
	return s.slots[i].value, true
}

// Put sets the value of a key. Both texts are copied.
func (s *Store) Put(key, value string) { s.put(key, value, s.clock.now) }

// Delete forgets a key.
func (s *Store) Delete(key string) {
	if i, known := s.index[key]; known {
		s.remove(i)
	}
}

// expired reports whether the event at hand is too late for an entry. The
// times are any 64 bits, so they are compared without a sum that overflows.
func (s *Store) expired(e *slot) bool {
	return s.clock.now > e.put && uint64(s.clock.now)-uint64(e.put) > uint64(s.spec.TTL)
}

func (s *Store) put(key, value string, at int64) {
	if len(key)+len(value) > s.limit {
		s.overweight.Add(1)
		s.Delete(key)
		return
	}
	if i, known := s.index[key]; known {
		e := &s.slots[i]
		if e.value != value {
			s.bytes += len(value) - len(e.value)
			e.value = strings.Clone(value)
		}
		e.put = at
		s.unlink(i)
		s.link(i)
	} else {
		i := s.take()
		e := &s.slots[i]
		e.key, e.value, e.put = strings.Clone(key), strings.Clone(value), at
		s.bytes += len(key) + len(value)
		s.index[e.key] = i
		s.link(i)
	}
	s.makeRoom()
	s.size.Store(int64(len(s.index)))
}

// makeRoom evicts the entries put longest ago until the bounds hold.
func (s *Store) makeRoom() {
	for len(s.index) > s.spec.MaxEntries || s.bytes > s.limit {
		e := &s.slots[s.oldest]
		switch {
		case s.expired(e):
			// Nobody could have found it any more.
		case len(s.index) > s.spec.MaxEntries:
			s.full.Add(1)
		default:
			s.overweight.Add(1)
		}
		s.remove(s.oldest)
	}
}

// take returns an unused slot.
func (s *Store) take() int32 {
	if s.free == none {
		s.slots = append(s.slots, slot{})
		return int32(len(s.slots) - 1)
	}
	i := s.free
	s.free = s.slots[i].next
	return i
}

// remove forgets the entry of a slot.
func (s *Store) remove(i int32) {
	e := &s.slots[i]
	delete(s.index, e.key)
	s.bytes -= len(e.key) + len(e.value)
	s.unlink(i)
	*e = slot{next: s.free}
	s.free = i
	s.size.Store(int64(len(s.index)))
}

// link puts a slot at the newest end of the list.
func (s *Store) link(i int32) {
	e := &s.slots[i]
	e.prev, e.next = s.newest, none
	if s.newest == none {
		s.oldest = i
	} else {
		s.slots[s.newest].next = i
	}
	s.newest = i
}

// unlink takes a slot out of the list.
func (s *Store) unlink(i int32) {
	e := &s.slots[i]
	if e.prev == none {
		s.oldest = e.next
	} else {
		s.slots[e.prev].next = e.next
	}
	if e.next == none {
		s.newest = e.prev
	} else {
		s.slots[e.next].prev = e.prev
	}
}

// Take moves the entries of another store here. The other one is empty then;
// what each has counted stays with it.
func (s *Store) Take(other *Store) {
	s.index, s.slots, s.bytes = other.index, other.slots, other.bytes
	s.free, s.oldest, s.newest = other.free, other.oldest, other.newest
	other.reset()
	s.makeRoom()
	s.size.Store(int64(len(s.index)))
}

// reset forgets all entries.
func (s *Store) reset() {
	s.index, s.slots, s.bytes = make(map[string]int32), nil, 0
	s.free, s.oldest, s.newest = none, none, none
	s.size.Store(0)
}
