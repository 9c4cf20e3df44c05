package batch

import (
	"unsafe"
)

// seenTexts is the size of the cache of texts by address, a power of two.
const seenTexts = 256

// texts is the dictionary of a batch in the making. Index 0 is "".
type texts struct {
	index map[string]uint32
	list  [][]byte
	// seen finds a text that lies at the same address as one before without
	// hashing it: names of events, programs and containers mostly do.
	seen [seenTexts]seenText
}

type seenText struct {
	text  string
	index uint32
}

func (t *texts) reset() {
	if t.index == nil {
		t.index = make(map[string]uint32)
	}
	t.list = append(t.list[:0], nil)
}

// release lets go of the texts.
func (t *texts) release() {
	clear(t.index)
	clear(t.list)
	clear(t.seen[:])
}

// add returns the index of a text.
func (t *texts) add(s string) uint32 {
	if s == "" {
		return 0
	}
	at := unsafe.StringData(s)
	slot := &t.seen[(uintptr(unsafe.Pointer(at))>>3^uintptr(len(s)))%seenTexts]
	if len(slot.text) == len(s) && unsafe.StringData(slot.text) == at {
		return slot.index
	}
	i, ok := t.index[s]
	if !ok {
		i = uint32(len(t.list))
		t.index[s] = i
		t.list = append(t.list, view(s))
	}
	*slot = seenText{s, i}
	return i
}

// all appends the indices of a list of texts to dst.
func (t *texts) all(dst []uint32, list []string) []uint32 {
	for _, s := range list {
		dst = append(dst, t.add(s))
	}
	return dst
}
