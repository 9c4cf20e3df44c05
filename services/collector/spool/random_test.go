package spool

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// Random appends, reads, restarts and damages: what comes out is what went in,
// in order, or is counted as missing to the number.
func TestRandom(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			m := &model{t: t, rand: r, s: open(t, Config{Dir: t.TempDir()})}
			for range 250 {
				m.step()
			}
			for !m.s.Empty() {
				m.read()
			}
			// A frame of which not even the head is whole at the very end, when
			// nothing was appended after it, is the only thing not counted.
			if m.expect != m.count {
				t.Errorf("%d events of %d are accounted for", m.expect, m.count)
			}
			if m.s.Used() != 0 {
				t.Errorf("%d bytes are left", m.s.Used())
			}
		})
	}
}

// model is a spool with what should be in it.
type model struct {
	t    *testing.T
	rand *rand.Rand
	s    *Spool
	made int
	// count and expect are the running counts of events appended and read.
	count, expect uint64
	begins        []uint64
}

func (m *model) step() {
	switch x := m.rand.IntN(100); {
	case x < 60:
		n := m.rand.IntN(20_000)
		events := uint64(m.rand.IntN(50))
		text := fmt.Appendf(nil, "%d", m.made)
		if m.s.Append(text, payload(m.made, n), events) != nil {
			return // full
		}
		m.begins = append(m.begins, m.count)
		m.count += events
		m.made++
	case x < 90:
		if !m.s.Empty() {
			m.read()
		}
	case x < 97:
		m.s = again(m.t, m.s)
	default:
		m.damage()
	}
}

// read takes one entry and checks that it follows.
func (m *model) read() {
	e := next(m.t, m.s)
	if e.Damage == nil {
		var i int
		if _, err := fmt.Sscan(string(e.Facts), &i); err != nil || m.begins[i] != m.expect {
			m.t.Fatalf("entry %s begins at %d, want %d", e.Facts, m.begins[i], m.expect)
		}
		if !bytes.Equal(e.Data, payload(i, len(e.Data))) {
			m.t.Fatalf("entry %d has other data", i)
		}
	}
	m.expect += e.Events
	commit(m.t, m.s)
}

// damage overwrites a few bytes somewhere, after which another entry follows so
// that what is missing can be told.
func (m *model) damage() {
	files, err := filepath.Glob(filepath.Join(m.s.Dir(), "*"+suffix))
	if err != nil || len(files) == 0 {
		return
	}
	path := files[m.rand.IntN(len(files))]
	info, err := os.Stat(path)
	if err != nil || info.Size() == 0 {
		return
	}
	junk := make([]byte, 1+m.rand.IntN(200))
	for i := range junk {
		junk[i] = byte(m.rand.Uint32())
	}
	off := m.rand.Int64N(info.Size())
	if n := info.Size() - off; int64(len(junk)) > n {
		junk = junk[:n]
	}
	overwrite(m.t, path, off, junk)
	if m.s.Append(fmt.Appendf(nil, "%d", m.made), nil, 1) == nil {
		m.begins = append(m.begins, m.count)
		m.count++
		m.made++
	}
}
