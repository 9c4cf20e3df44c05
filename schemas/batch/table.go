package batch

import (
	"encoding/binary"
	"slices"
)

// table holds the rows of a table of columns, row after row: a row is made and
// used as a whole, only the wire has columns.
type table struct {
	cells []uint64
	width int
}

func (t *table) reset(width int) { t.cells, t.width = t.cells[:0], width }

func (t *table) rows() int { return len(t.cells) / t.width }

// add appends a row, whose cells the caller must set, all of them: they hold
// what earlier batches left there.
func (t *table) add() []uint64 {
	n := len(t.cells)
	if n+t.width > cap(t.cells) {
		t.cells = append(t.cells, make([]uint64, t.width*64)...)[:n]
	}
	t.cells = t.cells[:n+t.width]
	return t.cells[n:]
}

// appendTo appends the columns to a message. The first one is field number
// first+1 of the layout.
func (t *table) appendTo(dst []byte, layout string, first int) []byte {
	if len(t.cells) == 0 {
		return dst
	}
	for i := range t.width {
		kind, field := layout[first+i], first+i+1
		cells := t.cells[i:]
		bits, differ := t.survey(i)
		if kind >= 'a' && !differ {
			if bits == 0 {
				continue
			}
			// The first one is enough where all are the same.
			cells = cells[:1]
		}
		if kind == column32 || kind == columnFull32 {
			dst = appendColumn32(dst, field, cells, t.width)
		} else {
			dst = appendColumn(dst, field, cells, t.width, bits)
		}
	}
	return dst
}

// survey returns all bits that are set anywhere in a column, and whether its
// numbers differ.
func (t *table) survey(i int) (bits uint64, differ bool) {
	first, changed := t.cells[i], uint64(0)
	for ; i < len(t.cells); i += t.width {
		n := t.cells[i]
		bits |= n
		changed |= n ^ first
	}
	return bits, changed != 0
}

// appendColumn32 appends every stride-th cell, four bytes each.
func appendColumn32(dst []byte, field int, cells []uint64, stride int) []byte {
	size := (len(cells) + stride - 1) / stride * 4
	dst, _ = begin(dst, field, size)
	for i := 0; i < len(cells); i += stride {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(cells[i]))
	}
	return dst
}

// appendColumn appends every stride-th cell as a varint. No number has other
// bits than these.
func appendColumn(dst []byte, field int, cells []uint64, stride int, bits uint64) []byte {
	rows := (len(cells) + stride - 1) / stride
	guess := rows * varintSize(bits)
	dst, start := begin(slices.Grow(dst, 3*maxVarint+guess), field, guess)
	out := dst[start : start+guess+maxVarint]
	if bits < 0x80 {
		out = out[:guess]
		for at := range out {
			out[at] = byte(cells[at*stride])
		}
		return dst[:start+guess]
	}
	at := 0
	for i := 0; i < len(cells); i += stride {
		at += putVarint(out[at:], cells[i])
	}
	return end(dst[:start+at], start, guess)
}

// begin starts a field whose length is not known yet, but guessed, and returns
// where its body begins.
func begin(dst []byte, field, guess int) (out []byte, start int) {
	dst = appendVarint(dst, uint64(field)<<3|wireBytes)
	dst = appendVarint(dst, uint64(guess))
	return dst, len(dst)
}

// end writes the length of the field that began at start; the body is moved
// where the guess was so wrong that its length takes another number of bytes.
func end(dst []byte, start, guess int) []byte {
	size := len(dst) - start
	left, need := varintSize(uint64(guess)), varintSize(uint64(size))
	at := start - left
	if need != left {
		for range need - left {
			dst = append(dst, 0)
		}
		copy(dst[at+need:], dst[start:start+size])
		dst = dst[:at+need+size]
	}
	appendVarint(dst[:at], uint64(size))
	return dst
}

// read reads the columns of n rows, the first of which is field number first+1.
func (t *table) read(fields [][]byte, layout string, first, n int) error {
	if size := n * t.width; cap(t.cells) < size {
		t.cells = make([]uint64, size)
	} else {
		t.cells = t.cells[:size]
	}
	for i := range t.width {
		data, kind := fields[first+i], layout[first+i]
		if n == 0 && len(data) == 0 {
			continue
		}
		var err error
		switch {
		case n == 0:
			err = errNumbers
		case kind >= 'a' && len(data) == 0:
			t.fill(i, 0)
		case kind == column && single(data):
			var same [1]uint64
			err = readColumn(same[:], 1, data)
			t.fill(i, same[0])
		case kind == column32 && len(data) == 4:
			t.fill(i, uint64(binary.LittleEndian.Uint32(data)))
		case kind == column32 || kind == columnFull32:
			err = readColumn32(t.cells[i:], t.width, data)
		default:
			err = readColumn(t.cells[i:], t.width, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fill sets all cells of a column.
func (t *table) fill(i int, n uint64) {
	for ; i < len(t.cells); i += t.width {
		t.cells[i] = n
	}
}

// single tells whether data, which is not empty, is at most one varint.
func single(data []byte) bool {
	for _, b := range data[:len(data)-1] {
		if b < 0x80 {
			return false
		}
	}
	return true
}
