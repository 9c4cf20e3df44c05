package probe

import "encoding/binary"

// sequence follows the numbers that a ring's records have on each processor. A
// number that is missing is a record that found no room; the kernel counts those
// too, so a gap that it did not count is an error somewhere.
//
// A processor has several counters; the two upper bits of a number tell which.
type sequence struct {
	next map[counterKey]uint64
	// missing is how many numbers have not been seen. One may come late: a
	// program that interrupts another writes first.
	missing int64
}

// counterBits is where the bits that name the counter begin.
const counterBits = 62

type counterKey struct {
	cpu     uint32
	counter uint8
}

func newSequence() *sequence { return &sequence{next: map[counterKey]uint64{}} }

// see notes a record.
func (s *sequence) see(rec []byte) {
	number := binary.LittleEndian.Uint64(rec[24:])
	key := counterKey{binary.LittleEndian.Uint32(rec[12:]), uint8(number >> counterBits)}
	seq := number & (1<<counterBits - 1)
	next := s.next[key]
	switch {
	case seq < next:
		s.missing--
		return
	case seq > next:
		s.missing += int64(seq - next)
	}
	s.next[key] = seq + 1
}

// unexplained returns how many numbers are missing beyond those that the kernel
// says it dropped.
func (s *sequence) unexplained(dropped uint64) uint64 {
	return uint64(max(0, s.missing-int64(dropped)))
}
