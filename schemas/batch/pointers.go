package batch

import "unsafe"

// pointers numbers objects by their address: a map that costs a third. It keeps
// the objects alive until release, and on the heap, where they do not move.
type pointers struct {
	slots []pointerSlot
	used  int
}

type pointerSlot struct {
	key   unsafe.Pointer
	value uint32
}

// find returns the slot of an object, whose key is nil where it is not known
// yet. The caller may change the value, and sets both through put.
func (p *pointers) find(key unsafe.Pointer) *pointerSlot {
	if len(p.slots) == 0 {
		p.slots = make([]pointerSlot, minSlots)
	}
	mask := uint64(len(p.slots) - 1)
	// The upper half of the product depends on all bits of the address.
	i := uint64(uintptr(key)) * 0x9E3779B97F4A7C15 >> 32
	for ; ; i++ {
		slot := &p.slots[i&mask]
		if slot.key == key || slot.key == nil {
			return slot
		}
	}
}

// put sets the number of an object.
func (p *pointers) put(key unsafe.Pointer, value uint32) {
	slot := p.find(key)
	slot.value = value
	if slot.key != nil {
		return
	}
	slot.key = key
	p.used++
	if p.used*2 > len(p.slots) {
		old := p.slots
		p.slots, p.used = make([]pointerSlot, 2*len(old)), 0
		for _, s := range old {
			if s.key != nil {
				p.put(s.key, s.value)
			}
		}
	}
}

func (p *pointers) release() {
	if len(p.slots) > maxSlots {
		p.slots = nil
	} else {
		clear(p.slots)
	}
	p.used = 0
}
