package state

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Append appends the entries to dst, in the order in which they were put: the
// same operations give the same bytes.
func (s *Store) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s.index)))
	for i := s.oldest; i != none; i = s.slots[i].next {
		e := &s.slots[i]
		dst = AppendText(dst, e.key)
		dst = AppendText(dst, e.value)
		dst = binary.AppendVarint(dst, e.put)
	}
	return dst
}

// Entries is what a Store held when it was written by Append.
type Entries struct{ list []slot }

// Load puts entries in the place of those that the store has.
func (s *Store) Load(entries Entries) {
	s.reset()
	for _, e := range entries.list {
		s.put(e.key, e.value, e.put)
	}
}

// AppendText appends a text with its length.
func AppendText(dst []byte, text string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(text)))
	return append(dst, text...)
}

// errCut is told of bytes that end too early.
var errCut = errors.New("it is cut off")

// Reader reads what Append and AppendText wrote. After the first error it
// returns nothing but zero values.
type Reader struct {
	rest []byte
	size int
	err  error
}

// NewReader returns a Reader of data, which it does not keep.
func NewReader(data []byte) *Reader { return &Reader{rest: data, size: len(data)} }

// Err returns the first error, with its place in the data.
func (r *Reader) Err() error { return r.err }

// Left returns how many bytes are not read yet.
func (r *Reader) Left() int { return len(r.rest) }

func (r *Reader) fail(err error) {
	if r.err == nil {
		r.err = fmt.Errorf("byte %d: %w", r.size-len(r.rest), err)
		r.rest = nil
	}
}

// Number reads an unsigned number.
func (r *Reader) Number() uint64 {
	n, width := binary.Uvarint(r.rest)
	if width <= 0 {
		r.fail(errCut)
		return 0
	}
	r.rest = r.rest[width:]
	return n
}

func (r *Reader) signed() int64 {
	n, width := binary.Varint(r.rest)
	if width <= 0 {
		r.fail(errCut)
		return 0
	}
	r.rest = r.rest[width:]
	return n
}

// Text reads a text.
func (r *Reader) Text() string {
	n := r.Number()
	if n > uint64(len(r.rest)) {
		r.fail(errCut)
		return ""
	}
	text := string(r.rest[:n])
	r.rest = r.rest[n:]
	return text
}

// Entries reads what Append wrote.
func (r *Reader) Entries() Entries {
	var read Entries
	for n := r.Number(); n > 0 && r.err == nil; n-- {
		e := slot{key: r.Text(), value: r.Text(), put: r.signed()}
		if r.err == nil {
			read.list = append(read.list, e)
		}
	}
	return read
}
