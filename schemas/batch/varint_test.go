package batch

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

// The fast ways of writing and reading numbers are those of the standard
// library, at every length and whatever follows.
func TestVarints(t *testing.T) {
	numbers := []uint64{0, math.MaxUint64}
	for bit := range 64 {
		n := uint64(1) << bit
		numbers = append(numbers, n, n-1, n+1, n|n>>1|n>>3|n>>7, n*0x9E3779B97F4A7C15)
	}
	for _, n := range numbers {
		want := binary.AppendUvarint(nil, n)
		var buf [maxVarint]byte
		if got := buf[:putVarint(buf[:], n)]; !bytes.Equal(got, want) {
			t.Errorf("%#x is written as % x, want % x", n, got, want)
		}
		if varintSize(n) != len(want) {
			t.Errorf("%#x takes %d bytes, want %d", n, varintSize(n), len(want))
		}
		for _, rest := range [][]byte{nil, {0}, {0xff}, bytes.Repeat([]byte{0xff}, 20), bytes.Repeat([]byte{0x7f}, 20)} {
			if got, size := getVarint(append(bytes.Clone(want), rest...)); got != n || size != len(want) {
				t.Errorf("% x before % x is read as %#x of %d bytes", want, rest, got, size)
			}
		}
		for cut := range want {
			if got, size := getVarint(want[:cut]); size != 0 {
				t.Errorf("% x is read as %#x of %d bytes", want[:cut], got, size)
			}
		}
	}
}

func FuzzVarint(f *testing.F) {
	f.Add([]byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02})
	f.Add([]byte{0xac, 0x02, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		want, wantSize := binary.Uvarint(data)
		got, size := getVarint(data)
		if size != max(wantSize, 0) || size > 0 && got != want {
			t.Fatalf("% x is read as %#x of %d bytes, want %#x of %d", data, got, size, want, wantSize)
		}
	})
}
