package probe

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

func numbered(cpu uint32, seq uint64) []byte {
	rec := make([]byte, 160)
	binary.LittleEndian.PutUint32(rec[12:], cpu)
	binary.LittleEndian.PutUint64(rec[24:], seq)
	return rec
}

func TestSequence(t *testing.T) {
	type step struct {
		cpu uint32
		seq uint64
	}
	for _, c := range []struct {
		name        string
		steps       []step
		dropped     uint64
		missing     int64
		unexplained uint64
	}{
		{"in order", []step{{0, 0}, {1, 0}, {0, 1}, {1, 1}}, 0, 0, 0},
		{"a gap that was counted", []step{{0, 0}, {0, 4}}, 3, 3, 0},
		{"a gap that was not", []step{{0, 0}, {0, 4}}, 1, 3, 2},
		{"the first are missing", []step{{3, 2}}, 0, 2, 2},
		{"one is late", []step{{0, 0}, {0, 2}, {0, 1}, {0, 3}}, 0, 0, 0},
		{"drops at the end leave no gap", []step{{0, 0}}, 5, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSequence()
			for _, one := range c.steps {
				s.see(numbered(one.cpu, one.seq))
			}
			if s.missing != c.missing || s.unexplained(c.dropped) != c.unexplained {
				t.Errorf("missing %d, unexplained %d", s.missing, s.unexplained(c.dropped))
			}
		})
	}
}

// Whatever is dropped in the middle, and whichever neighbours change places, the
// missing are as many as were dropped.
func TestSequenceCounts(t *testing.T) {
	for range 200 {
		s := newSequence()
		dropped := int64(0)
		var list [][]byte
		for seq := range uint64(500) {
			if seq < 499 && rand.IntN(10) == 0 {
				dropped++
				continue
			}
			list = append(list, numbered(uint32(7), seq))
		}
		for i := 1; i < len(list); i += 2 {
			if rand.IntN(4) == 0 {
				list[i], list[i-1] = list[i-1], list[i]
			}
		}
		for _, rec := range list {
			s.see(rec)
		}
		if s.missing != dropped {
			t.Fatalf("%d missing, %d dropped", s.missing, dropped)
		}
	}
}
