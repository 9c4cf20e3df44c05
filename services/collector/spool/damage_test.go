package spool

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// filled returns a closed spool with n entries of 20 kB in several segments.
func filled(t *testing.T, n int) *Spool {
	t.Helper()
	s := open(t, Config{Dir: t.TempDir()})
	for i := range n {
		put(t, s, i, 20_000)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return s
}

// sum is how many events entries from up to to have.
func sum(from, to int) (n uint64) {
	for i := from; i < to; i++ {
		n += uint64(i%7 + 1)
	}
	return n
}

// rest reads everything: the entries that are whole, how many events are
// missing, how many of them by entries whose facts are known, and the damages.
func rest(t *testing.T, s *Spool) (whole []string, missing, known uint64, damages []*DamageError) {
	t.Helper()
	for !s.Empty() {
		e := next(t, s)
		if e.Damage == nil {
			whole = append(whole, string(e.Facts))
		} else {
			missing += e.Events
			damages = append(damages, e.Damage)
			if e.Facts != nil {
				known += e.Events
			}
		}
		commit(t, s)
	}
	return whole, missing, known, damages
}

// overwrite changes bytes of a file.
func overwrite(t *testing.T, path string, off int64, with []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(with, off); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whatever is damaged, all the rest is read and what is missing is counted to
// the number. Entries are 20 kB and 47 bytes long, segments of 128 KiB hold 7.
func TestDamage(t *testing.T) {
	const n = 30
	junk := bytes.Repeat([]byte{0xa5}, 64)
	for _, c := range []struct {
		name    string
		damage  func(t *testing.T, s *Spool)
		missing uint64
		known   uint64
		text    string
	}{
		{"data", func(t *testing.T, s *Spool) { overwrite(t, s.path(1), 10_000, junk) }, sum(0, 1), sum(0, 1), "checksum of an entry's data"},
		{"head", func(t *testing.T, s *Spool) { overwrite(t, s.path(1), 4, junk) }, sum(0, 1), 0, "cannot be"},
		{"magic", func(t *testing.T, s *Spool) { overwrite(t, s.path(2), 0, junk[:2]) }, sum(7, 8), 0, "no entry begins"},
		{"facts", func(t *testing.T, s *Spool) { overwrite(t, s.path(2), frameHead, junk[:2]) }, sum(7, 8), 0, "checksum of an entry's head"},
		{"two entries", func(t *testing.T, s *Spool) {
			overwrite(t, s.path(1), 15_000, bytes.Repeat([]byte{1}, 10_000))
		}, sum(0, 2), sum(0, 1), "checksum"},
		{"first segment gone", func(t *testing.T, s *Spool) { remove(t, s.path(1)) }, sum(0, 7), 0, "are gone"},
		{"inner segment gone", func(t *testing.T, s *Spool) { remove(t, s.path(3)) }, sum(14, 21), 0, "are gone"},
		{"segment of nothing", func(t *testing.T, s *Spool) {
			overwrite(t, s.path(2), 0, make([]byte, 200_000))
		}, sum(7, 14), 0, "no entry begins"},
		{"segment cut", func(t *testing.T, s *Spool) { truncate(t, s.path(2), 50_000) }, sum(9, 14), sum(9, 10), "ends before"},
		{"last entry torn", func(t *testing.T, s *Spool) { truncate(t, s.path(5), 30_000) }, sum(29, 30), sum(29, 30), "ends before"},
		{"last head torn", func(t *testing.T, s *Spool) { truncate(t, s.path(5), 20_060) }, 0, 0, "not all there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := filled(t, n)
			c.damage(t, s)
			s = open(t, s.cfg)
			// What is appended later stays readable too.
			put(t, s, 100, 10)
			whole, missing, known, damages := rest(t, s)
			if missing != c.missing || known != c.known {
				t.Errorf("%d events missing, %d of known entries; want %d and %d", missing, known, c.missing, c.known)
			}
			if len(damages) == 0 || !strings.Contains(damages[0].Error(), c.text) || !strings.Contains(damages[0].Error(), s.Dir()) {
				t.Errorf("damages %v, want %q", damages, c.text)
			}
			if last := whole[len(whole)-1]; last != "facts of 100" {
				t.Errorf("the last entry is %q", last)
			}
			empty(t, s)
		})
	}
}

// A segment that goes away while the spool is open is counted.
func TestRemovedMeanwhile(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	for i := range 14 {
		put(t, s, i, 20_000)
	}
	take(t, s, 0, 20_000)
	remove(t, s.path(s.segments[1].number))
	whole, missing, _, damages := rest(t, s)
	if len(whole) != 6 || missing != sum(7, 14) || len(damages) != 1 {
		t.Errorf("%d whole, %d missing, %v", len(whole), missing, damages)
	}
	empty(t, s)
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}
