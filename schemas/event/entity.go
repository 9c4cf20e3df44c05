package event

import (
	"encoding/binary"
	"math/bits"
)

const (
	entitySeed = 0x18273645
	// entityTick is what start times are cut down to: 10 ms, one clock tick.
	entityTick = 10_000_000
)

// EntityID returns Tracee's entity id of a task: the 32-bit Murmur3 hash of
// its host thread id and its start time (Unix nanoseconds) in clock ticks, so
// that a pid used again is another entity.
func EntityID(hostTID int32, startTime int64) uint32 {
	var key [12]byte
	binary.BigEndian.PutUint32(key[0:], uint32(hostTID))
	ticked := uint64(startTime) / entityTick * entityTick
	binary.BigEndian.PutUint64(key[4:], ticked)
	return murmur3(key[:], entitySeed)
}

// murmur3 is the 32-bit x86 variant for keys whose length is a multiple of 4;
// written out so that the schemas keep to the standard library.
func murmur3(key []byte, seed uint32) uint32 {
	h := seed
	for i := 0; i+4 <= len(key); i += 4 {
		k := binary.LittleEndian.Uint32(key[i:]) * 0xcc9e2d51
		h ^= bits.RotateLeft32(k, 15) * 0x1b873593
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	}
	h ^= uint32(len(key))
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}
