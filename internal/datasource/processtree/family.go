package processtree

import "github.com/weirsec/weir/internal/datasource/bounded"

// kin is an item's place among those that have the same elder: the processes of
// a parent, or the threads of a process. The elder need not be known itself.
type kin[V any] struct {
	elder      uint32
	prev, next *bounded.Item[uint32, V]
}

// family finds all that have the same elder.
type family[V any] struct {
	first map[uint32]*bounded.Item[uint32, V]
	// of returns where an item keeps its place.
	of func(*bounded.Item[uint32, V]) *kin[V]
}

func newFamily[V any](of func(*bounded.Item[uint32, V]) *kin[V]) family[V] {
	return family[V]{first: make(map[uint32]*bounded.Item[uint32, V]), of: of}
}

// join puts an item below an elder, 0 for none, and takes it away from another.
func (f family[V]) join(it *bounded.Item[uint32, V], elder uint32) {
	k := f.of(it)
	if k.elder == elder {
		return
	}
	f.leave(it)
	if elder == 0 {
		return
	}
	k.elder, k.next = elder, f.first[elder]
	if k.next != nil {
		f.of(k.next).prev = it
	}
	f.first[elder] = it
}

// leave takes an item away from its elder.
func (f family[V]) leave(it *bounded.Item[uint32, V]) {
	k := f.of(it)
	switch {
	case k.elder == 0:
		return
	case k.prev != nil:
		f.of(k.prev).next = k.next
	case k.next != nil:
		f.first[k.elder] = k.next
	default:
		delete(f.first, k.elder)
	}
	if k.next != nil {
		f.of(k.next).prev = k.prev
	}
	*k = kin[V]{}
}

// each calls do with all below an elder, in no order that means anything.
func (f family[V]) each(elder uint32, do func(*bounded.Item[uint32, V])) {
	for it := f.first[elder]; it != nil; it = f.of(it).next {
		do(it)
	}
}
