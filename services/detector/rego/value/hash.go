package value

import (
	"hash/maphash"
	"math"
	"strconv"
)

// seed is fixed for the process: hashes never leave it.
var seed = maphash.MakeSeed()

// hash is equal for equal values.
func (v Value) hash() uint64 {
	switch v.Kind() {
	case KindInt, KindNumber:
		return hashNumber(v)
	case KindString:
		return maphash.String(seed, v.text())
	case KindArray:
		sum := uint64(v.Kind())
		for i := range v.Len() {
			sum = mix(sum*31 + v.index(i).hash())
		}
		return sum
	case KindObject:
		sum := uint64(v.Kind())
		for it := Iterate(v); ; {
			k, x, ok := it.Next()
			if !ok {
				return sum
			}
			sum += mix(k.hash()*31 + x.hash())
		}
	case KindSet:
		sum := uint64(v.Kind())
		for _, x := range v.Set().keys {
			sum += mix(x.hash())
		}
		return sum
	default:
		return mix(uint64(v.kind)<<8 | v.num)
	}
}

// hashNumber goes by the number's size, as 1 equals 1.0 and 1e0.
func hashNumber(v Value) uint64 {
	if v.kind == KindInt {
		return mix(math.Float64bits(float64(int64(v.num))))
	}
	f, err := strconv.ParseFloat(v.text(), 64)
	if err != nil {
		// Too large for a float: all of those share a place.
		return mix(math.Float64bits(math.Inf(1)))
	}
	if f == 0 {
		f = 0 // -0 equals 0
	}
	return mix(math.Float64bits(f))
}

// mix spreads the bits of a number.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
