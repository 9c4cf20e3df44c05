package batch

import (
	"hash/maphash"
	"unsafe"
)

const (
	// seenTexts is the size of the cache of texts by address, a power of two.
	seenTexts = 512
	// minSlots and maxSlots bound the tables that are kept between batches.
	minSlots = 512
	maxSlots = 1 << 14
)

// dictionary numbers the texts of a batch. Text 0 is "".
type dictionary struct {
	seed    maphash.Seed
	texts   []string
	lengths table
	bytes   []byte
	// slots is a hash table with open addresses, at most half full. It is a
	// third of the price of a map, and cleared quickly.
	slots []textSlot
	// seen finds a text that lies at the same address as one before without
	// hashing it: names of events, programs and containers mostly do.
	seen [seenTexts]seenText
}

type textSlot struct {
	hash uint32
	// index is 0 in a free slot: "" is not in the table.
	index uint32
}

type seenText struct {
	text  string
	index uint32
}

func (d *dictionary) reset() {
	if d.slots == nil {
		d.seed = maphash.MakeSeed()
		d.slots = make([]textSlot, minSlots)
	}
	d.texts = append(d.texts[:0], "")
	d.lengths.reset(1)
	d.lengths.add()[0] = 0
	d.bytes = d.bytes[:0]
}

// release lets go of the texts.
func (d *dictionary) release() {
	clear(d.texts)
	clear(d.seen[:])
	if len(d.slots) > maxSlots {
		d.slots = make([]textSlot, minSlots)
	} else {
		clear(d.slots)
	}
}

// add returns the number of a text.
func (d *dictionary) add(s string) uint64 {
	if s == "" {
		return 0
	}
	at := unsafe.StringData(s)
	// The upper half of the product depends on all bits of the address.
	slot := &d.seen[uint64(uintptr(unsafe.Pointer(at)))*0x9E3779B97F4A7C15>>32%seenTexts]
	if len(slot.text) == len(s) && unsafe.StringData(slot.text) == at {
		return uint64(slot.index)
	}
	index := d.find(s)
	*slot = seenText{s, index}
	return uint64(index)
}

// find looks a text up by its content and adds it if it is new.
func (d *dictionary) find(s string) uint32 {
	hash := uint32(maphash.String(d.seed, s))
	mask := uint32(len(d.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		slot := &d.slots[i]
		if slot.index == 0 {
			index := uint32(len(d.texts))
			*slot = textSlot{hash, index}
			d.texts = append(d.texts, s)
			d.lengths.cells = append(d.lengths.cells, uint64(len(s)))
			d.bytes = append(d.bytes, s...)
			if len(d.texts)*2 > len(d.slots) {
				d.grow()
			}
			return index
		}
		if slot.hash == hash && d.texts[slot.index] == s {
			return slot.index
		}
	}
}

// grow doubles the table.
func (d *dictionary) grow() {
	old := d.slots
	d.slots = make([]textSlot, 2*len(old))
	mask := uint32(len(d.slots) - 1)
	for _, slot := range old {
		if slot.index == 0 {
			continue
		}
		i := slot.hash & mask
		for d.slots[i].index != 0 {
			i = (i + 1) & mask
		}
		d.slots[i] = slot
	}
}
