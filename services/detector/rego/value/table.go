package value

import "slices"

// linear is how many keys are looked for one by one.
const linear = 8

// table is a list of distinct keys that finds them by hash once they are many.
type table struct {
	keys []Value
	// slots hold the places of keys plus one, by hash, in a power of two.
	slots []int32
	// sorted says that the keys are in OPA's order.
	sorted bool
}

// find returns the place of a key, -1 where it is not there.
func (t *table) find(k Value) int {
	if len(t.keys) <= linear {
		for i := range t.keys {
			if Equal(t.keys[i], k) {
				return i
			}
		}
		return -1
	}
	mask := uint64(len(t.slots) - 1)
	for at := k.hash() & mask; t.slots[at] != 0; at = (at + 1) & mask {
		if i := int(t.slots[at] - 1); Equal(t.keys[i], k) {
			return i
		}
	}
	return -1
}

// add appends a key that is not there yet.
func (t *table) add(k Value) {
	t.sorted = len(t.keys) == 0 || t.sorted && Compare(t.keys[len(t.keys)-1], k) < 0
	t.keys = append(t.keys, k)
	n := len(t.keys)
	switch {
	case n <= linear:
	case n*2 > len(t.slots):
		t.rehash()
	default:
		t.place(n - 1)
	}
}

func (t *table) rehash() {
	size := 4 * linear
	for size < 4*len(t.keys) {
		size *= 2
	}
	t.slots = make([]int32, size)
	for i := range t.keys {
		t.place(i)
	}
}

func (t *table) place(i int) {
	mask := uint64(len(t.slots) - 1)
	at := t.keys[i].hash() & mask
	for t.slots[at] != 0 {
		at = (at + 1) & mask
	}
	t.slots[at] = int32(i + 1)
}

// order returns the places of the keys in OPA's order, nil where they are in it.
func (t *table) order() []int {
	if t.sorted || len(t.keys) < 2 {
		return nil
	}
	places := make([]int, len(t.keys))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(a, b int) int { return Compare(t.keys[a], t.keys[b]) })
	return places
}

// permute brings a list into the order that order gave.
func permute(list []Value, places []int) []Value {
	moved := make([]Value, len(list))
	for to, from := range places {
		moved[to] = list[from]
	}
	return moved
}
