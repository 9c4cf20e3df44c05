package batch

import (
	"encoding/binary"
	"math/bits"
)

// maxVarint is the most bytes that a number takes.
const maxVarint = binary.MaxVarintLen64

// putVarint writes a number to the beginning of buf, which has at least
// maxVarint bytes, and returns how many it took.
func putVarint(buf []byte, n uint64) int {
	at := 0
	for n >= 0x80 {
		buf[at] = byte(n) | 0x80
		at++
		n >>= 7
	}
	buf[at] = byte(n)
	return at + 1
}

// getVarint reads a number at the beginning of data and returns how many bytes
// it takes, 0 where there is none. The loop beats reading eight bytes at once:
// in columns the processor foresees how long numbers are.
func getVarint(data []byte) (n uint64, size int) {
	shift := 0
	for i, b := range data {
		if b < 0x80 {
			if i == maxVarint-1 && b > 1 {
				return 0, 0
			}
			return n | uint64(b)<<(shift&63), i + 1
		}
		if i == maxVarint-1 {
			return 0, 0
		}
		n |= uint64(b&0x7f) << (shift & 63)
		shift += 7
	}
	return 0, 0
}

// varintSize returns how many bytes a number takes.
func varintSize(n uint64) int { return (bits.Len64(n|1) + 6) / 7 }

func appendVarint(dst []byte, n uint64) []byte { return binary.AppendUvarint(dst, n) }

// zigzag turns small negative numbers into small positive ones.
func zigzag(n int64) uint64 { return uint64(n<<1) ^ uint64(n>>63) }

// unzigzag reverses zigzag.
func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }
