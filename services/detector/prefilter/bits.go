package prefilter

import "math/bits"

// Bits is a set of small numbers.
type Bits []uint64

// newBits returns a set for numbers below n.
func newBits(n int) Bits { return make(Bits, (n+63)/64) }

func (b Bits) set(i int) { b[i/64] |= 1 << (i % 64) }

func (b Bits) or(other Bits) {
	for i := range other {
		b[i] |= other[i]
	}
}

// Has reports whether a number is in the set.
func (b Bits) Has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

// Next returns the first number in the set that is not below from, -1 where
// there is none.
func (b Bits) Next(from int) int {
	for word := from / 64; word < len(b); word++ {
		left := b[word]
		if word == from/64 {
			left &= ^uint64(0) << (from % 64)
		}
		if left != 0 {
			return word*64 + bits.TrailingZeros64(left)
		}
	}
	return -1
}
