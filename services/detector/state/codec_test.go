package state

import (
	"bytes"
	"strings"
	"testing"
)

// reread returns a store with what another one holds, by way of bytes, which
// must be the same again.
func reread(t *testing.T, s *Store, clock *Clock) *Store {
	t.Helper()
	text := s.Append(nil)
	r := NewReader(text)
	read := New(s.Spec(), clock)
	read.Load(r.Entries())
	if r.Err() != nil || r.Left() != 0 || !bytes.Equal(read.Append(nil), text) {
		t.Fatalf("read again: %v, %d bytes are left, %q", r.Err(), r.Left(), text)
	}
	return read
}

func TestLoadReplaces(t *testing.T) {
	s, clock := at(3)
	s.Put("a", "1")
	before := s.Append(nil)
	s.Put("b", "2")
	s.Delete("a")
	s.Load(NewReader(before).Entries())
	check(t, s, "a", "1")
	check(t, s, "b", "")
	clock.Set(11 * second)
	check(t, s, "a", "")
}

// A store that has become smaller keeps the entries that were put last.
func TestLoadIntoLess(t *testing.T) {
	s, clock := at(5)
	for _, key := range []string{"a", "b", "c", "a"} {
		s.Put(key, key)
	}
	small := New(Spec{Name: "s", TTL: 1, MaxEntries: 2}, clock)
	small.Load(NewReader(s.Append(nil)).Entries())
	check(t, small, "b", "")
	check(t, small, "c", "c")
	check(t, small, "a", "a")
}

func TestReaderErrors(t *testing.T) {
	s, _ := at(0)
	s.Put("key", "value")
	text := s.Append(nil)
	for n := range len(text) {
		r := NewReader(text[:n])
		r.Entries()
		if r.Err() == nil || !strings.Contains(r.Err().Error(), "byte ") {
			t.Errorf("%d of %d bytes: %v", n, len(text), r.Err())
		}
		if r.Text() != "" || r.Number() != 0 || r.Left() != 0 {
			t.Errorf("%d bytes: something is read after the error", n)
		}
	}
}

// Whatever bytes come, reading ends, and what was read can be loaded and
// written so that it reads as the same again.
func FuzzEntries(f *testing.F) {
	clock := &Clock{}
	s := New(Spec{Name: "s", TTL: 1}, clock)
	s.Put("key", "value")
	clock.Set(-5)
	s.Put("", "")
	f.Add(s.Append(nil))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		entries := NewReader(data).Entries()
		clock := &Clock{}
		s := New(Spec{Name: "s", TTL: 1, MaxEntries: 4}, clock)
		s.Load(entries)
		if n := s.Stats().Entries; n > 4 || n > int64(len(entries.list)) {
			t.Errorf("%d entries of %d", n, len(entries.list))
		}
		reread(t, s, clock)
	})
}

func TestTake(t *testing.T) {
	s, clock := at(5)
	for _, key := range []string{"a", "b", "c"} {
		s.Put(key, key)
	}
	next := New(Spec{Name: "s", TTL: 1, MaxEntries: 2}, clock)
	next.Put("forgotten", "x")
	next.Take(s)
	check(t, next, "a", "")
	check(t, next, "c", "c")
	check(t, next, "forgotten", "")
	check(t, s, "c", "")
	s.Put("d", "d")
	check(t, next, "d", "")
	if got := next.Stats(); got != (Stats{Entries: 2, Full: 1}) || s.Stats() != (Stats{Entries: 1}) {
		t.Errorf("stats %+v and %+v", got, s.Stats())
	}
}
