package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	magic     = "WSP1"
	frameHead = 36
	// What no frame of this package exceeds; a larger length is damage.
	maxFacts = 256 << 10
	maxData  = 4 << 20
)

// errTorn says that a frame's data is not all there.
var errTorn = errors.New("the entry ends before its length")

// frame is the head of an entry.
type frame struct {
	facts, data    uint32
	before, events uint64
	sum            uint32
}

func (f frame) size() int64 { return frameHead + int64(f.facts) + int64(f.data) }

// end is the running count of events behind the frame.
func (f frame) end() uint64 { return f.before + f.events }

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// appendFrame appends an entry; data is as it will be stored.
func appendFrame(to []byte, before, events uint64, facts, data []byte) []byte {
	start := len(to)
	to = append(to, magic...)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(facts)))
	to = binary.LittleEndian.AppendUint32(to, uint32(len(data)))
	to = binary.LittleEndian.AppendUint64(to, before)
	to = binary.LittleEndian.AppendUint64(to, events)
	to = binary.LittleEndian.AppendUint32(to, crc32.Checksum(data, castagnoli()))
	sum := crc32.Update(crc32.Checksum(to[start:], castagnoli()), castagnoli(), facts)
	to = binary.LittleEndian.AppendUint32(to, sum)
	to = append(to, facts...)
	return append(to, data...)
}

// parseHead reads the fixed part of a frame.
func parseHead(b []byte) (frame, error) {
	if string(b[:4]) != magic {
		return frame{}, errors.New("no entry begins here")
	}
	f := frame{
		facts:  binary.LittleEndian.Uint32(b[4:]),
		data:   binary.LittleEndian.Uint32(b[8:]),
		before: binary.LittleEndian.Uint64(b[12:]),
		events: binary.LittleEndian.Uint64(b[20:]),
		sum:    binary.LittleEndian.Uint32(b[28:]),
	}
	if f.facts > maxFacts || f.data > maxData {
		return f, fmt.Errorf("an entry of %d and %d bytes cannot be", f.facts, f.data)
	}
	return f, nil
}

// readFrame reads the frame at off of a segment that ends at end, but for its
// data. The facts are good where the error is nil or errTorn, and valid until
// buf is used again.
func readFrame(r io.ReaderAt, off, end int64, buf []byte) (frame, []byte, []byte, error) {
	if end-off < frameHead {
		return frame{}, nil, buf, errors.New("the head of an entry is not all there")
	}
	buf = sized(buf, frameHead)
	if _, err := r.ReadAt(buf, off); err != nil {
		return frame{}, nil, buf, fmt.Errorf("read: %w", err)
	}
	f, err := parseHead(buf)
	if err != nil {
		return f, nil, buf, err
	}
	if end-off < frameHead+int64(f.facts) {
		return f, nil, buf, errors.New("the head of an entry is not all there")
	}
	buf = sized(buf, frameHead+int(f.facts))
	if _, err := r.ReadAt(buf[frameHead:], off+frameHead); err != nil {
		return f, nil, buf, fmt.Errorf("read: %w", err)
	}
	facts := buf[frameHead:]
	sum := crc32.Update(crc32.Checksum(buf[:32], castagnoli()), castagnoli(), facts)
	if sum != binary.LittleEndian.Uint32(buf[32:]) {
		return f, nil, buf, errors.New("the checksum of an entry's head is wrong")
	}
	if end-off < f.size() {
		return f, facts, buf, errTorn
	}
	return f, facts, buf, nil
}

// sized returns a slice of n bytes that begins like b.
func sized(b []byte, n int) []byte {
	if cap(b) < n {
		grown := make([]byte, n, n+n/2)
		copy(grown, b)
		return grown
	}
	return b[:n]
}
