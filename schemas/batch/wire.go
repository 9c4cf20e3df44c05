package batch

import (
	"encoding/binary"
	"errors"
)

// The wire types of protobuf.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

var (
	errTag     = errors.New("not a protobuf message")
	errNumbers = errors.New("a column does not hold as many numbers as its table has rows")
)

// split finds the fields of a message. fields[n] becomes what field n+1 holds: a
// part of data, or a copy where the message has it in several parts, which any
// writer of protobuf may do; nil where it is absent.
func split(data []byte, layout string, fields [][]byte) error {
	clear(fields)
	for len(data) > 0 {
		tag, n := binary.Uvarint(data)
		number := tag>>3 - 1
		if n <= 0 || number > 1<<29-2 {
			return errTag
		}
		data = data[n:]
		var kind byte
		if number < uint64(len(layout)) {
			kind = layout[number]
		}
		begin, end, err := extent(data, tag&7)
		if err != nil {
			return err
		}
		if belongs(kind, tag&7) {
			part := data[begin:end:end]
			if fields[number] != nil {
				part = append(fields[number], part...)
			}
			fields[number] = part
		}
		data = data[end:]
	}
	return nil
}

// extent returns where the content of a field begins and ends.
func extent(data []byte, wireType uint64) (begin, end int, err error) {
	switch wireType {
	case wireVarint:
		_, end = binary.Uvarint(data)
	case wire64:
		end = 8
	case wire32:
		end = 4
	case wireBytes:
		var size uint64
		size, begin = binary.Uvarint(data)
		if begin <= 0 || size > uint64(len(data)-begin) {
			return 0, 0, errTag
		}
		return begin, begin + int(size), nil
	}
	if end <= 0 || end > len(data) {
		return 0, 0, errTag
	}
	return 0, end, nil
}

// belongs tells whether a field of that wire type is the one of the layout.
// Numbers may come packed or one by one.
func belongs(kind byte, wireType uint64) bool {
	switch kind {
	case body:
		return wireType == wireBytes
	case column, columnFull:
		return wireType == wireBytes || wireType == wireVarint
	case column32, columnFull32:
		return wireType == wireBytes || wireType == wire32
	default:
		return false
	}
}

// count returns how many varints data holds.
func count(data []byte) int {
	n := 0
	for _, b := range data {
		if b < 0x80 {
			n++
		}
	}
	return n
}

// readColumn reads every stride-th cell from a column of varints that has to
// hold exactly as many.
func readColumn(cells []uint64, stride int, data []byte) error {
	at := 0
	for i := 0; i < len(cells); i += stride {
		if at >= len(data) {
			return errNumbers
		}
		b := data[at]
		at++
		if b < 0x80 {
			cells[i] = uint64(b)
			continue
		}
		n, size := getVarint(data[at-1:])
		if size == 0 {
			return errNumbers
		}
		at += size - 1
		cells[i] = n
	}
	if at != len(data) {
		return errNumbers
	}
	return nil
}

// readColumn32 is readColumn for numbers of four bytes each.
func readColumn32(cells []uint64, stride int, data []byte) error {
	for i := 0; i < len(cells); i += stride {
		if len(data) < 4 {
			return errNumbers
		}
		cells[i] = uint64(binary.LittleEndian.Uint32(data))
		data = data[4:]
	}
	if len(data) != 0 {
		return errNumbers
	}
	return nil
}
