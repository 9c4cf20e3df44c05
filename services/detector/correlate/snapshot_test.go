package correlate

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/signatures/sdk"
)

// remembered is a memory with three groups, one of which has told something.
func remembered() *memory {
	r := &rule{
		kind: sdk.ValueCount, timespan: 100, need: 2, limit: leastLimit, group: make([]field, 1), fingerprint: "values",
	}
	m := newMemory(r)
	for n := range 3 {
		m.take(keyOf(n), entry{time: int64(n), id: "n/b/1", value: "1"})
	}
	m.take(keyOf(1), entry{time: 2, id: "n/b/2", value: "2"})
	return m
}

func TestRestoreErrors(t *testing.T) {
	good := remembered().snapshot(nil)
	broken := func(change func(m *memory)) []byte {
		m := remembered()
		change(m)
		return m.snapshot(nil)
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "byte 0: a number is cut off"},
		{"another version", append([]byte{2}, good[1:]...), "version 2, want 1"},
		{"of another rule", broken(func(m *memory) { m.rule.fingerprint = "count" }), "it is of another one"},
		{"too much", append(slices.Clip(good), 0), "there is more than belongs to it"},
		{"no order", broken(func(m *memory) { m.oldest.entries = []entry{{time: 2}, {time: 1}} }), "are not in order"},
		{"no matches", broken(func(m *memory) { m.oldest.entries = nil }), "has no matches, or too many"},
		{
			"too many matches", broken(func(m *memory) { m.oldest.entries = make([]entry, leastLimit+1) }),
			"has no matches, or too many",
		},
		{"another key", broken(func(m *memory) { m.oldest.key = "x" }), "the key of a group has other fields"},
		{"a group twice", broken(func(m *memory) { m.oldest.key = m.newest.key }), "a group is there twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := remembered()
			err := m.restore(c.data)
			if err == nil || !strings.HasPrefix(err.Error(), "snapshot of a correlation: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if !bytes.Equal(m.snapshot(nil), good) {
				t.Error("something was changed")
			}
			check(t, m)
		})
	}
	for n := range good {
		if err := remembered().restore(good[:n]); err == nil {
			t.Errorf("%d of %d bytes are enough", n, len(good))
		}
	}
}

// Whatever bytes come, restoring ends, and what was restored is sound.
func FuzzRestore(f *testing.F) {
	f.Add(remembered().snapshot(nil))
	f.Add([]byte{1, 6, 'v', 'a', 'l', 'u', 'e', 's', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		m := remembered()
		m.groups, m.oldest, m.newest, m.bytes = map[string]*group{}, nil, nil, 0
		if m.restore(data) != nil {
			return
		}
		check(t, m)
		text := m.snapshot(nil)
		again := remembered()
		if err := again.restore(text); err != nil || !bytes.Equal(again.snapshot(nil), text) {
			t.Errorf("restored again: %v", err)
		}
		for n := range int64(20) {
			m.take(keyOf(int(n%3)), entry{time: n * 30, id: "x", value: string(rune('a' + n))})
			m.trim(n * 30)
		}
	})
}
