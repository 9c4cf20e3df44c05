package bounded

// Item is one entry of a Store; it stays where it is while it is in there.
type Item[K comparable, V any] struct {
	// Key is the item's key, which must not be changed.
	Key K
	// Value is the caller's.
	Value V

	size       int
	retired    bool
	retiredAt  int64
	prev, next *Item[K, V]
}

// Size returns the item's size in bytes.
func (it *Item[K, V]) Size() int { return it.size }

// Retired returns whether the item is retired, and the time given to Retire.
func (it *Item[K, V]) Retired() (at int64, retired bool) { return it.retiredAt, it.retired }

// queue is a ring of items around a root: root.next is the oldest.
type queue[K comparable, V any] struct{ root Item[K, V] }

func (q *queue[K, V]) init() { q.root.prev, q.root.next = &q.root, &q.root }

// oldest returns the item at the front, or nil.
func (q *queue[K, V]) oldest() *Item[K, V] {
	if q.root.next == &q.root {
		return nil
	}
	return q.root.next
}

// push puts an item that is in no queue at the end.
func (q *queue[K, V]) push(it *Item[K, V]) { it.insertBefore(&q.root) }

func (it *Item[K, V]) insertBefore(at *Item[K, V]) {
	it.prev, it.next = at.prev, at
	it.prev.next, it.next.prev = it, it
}

func (it *Item[K, V]) unlink() {
	it.prev.next, it.next.prev = it.next, it.prev
	it.prev, it.next = nil, nil
}
