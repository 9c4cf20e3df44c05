package correlate

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// snapshotVersion is that of the layout: the version, the rule's fingerprint,
// the number of groups and, for each from the one that matched longest ago, its
// key, late matches in a row, the entry that was told, and the entries. Numbers are varints, texts have their length before them.
const snapshotVersion = 1

// snapshot appends all groups to dst.
func (m *memory) snapshot(dst []byte) []byte {
	dst = append(dst, snapshotVersion)
	dst = appendText(dst, m.rule.fingerprint)
	dst = binary.AppendUvarint(dst, uint64(len(m.groups)))
	for g := m.oldest; g != nil; g = g.newer {
		dst = appendText(dst, g.key)
		dst = binary.AppendUvarint(dst, uint64(g.late))
		dst = appendEntry(dst, g.told)
		dst = binary.AppendUvarint(dst, uint64(len(g.entries)))
		for _, e := range g.entries {
			dst = appendEntry(dst, e)
		}
	}
	return dst
}

func appendEntry(dst []byte, e entry) []byte {
	dst = binary.AppendVarint(dst, e.time)
	dst = appendText(dst, e.id)
	return appendText(dst, e.value)
}

func appendText(dst []byte, text string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(text)))
	return append(dst, text...)
}

// restore reads what snapshot wrote into a memory without groups, and puts it
// in place where all of it is right.
func (m *memory) restore(data []byte) error {
	read := newMemory(m.rule)
	read.maxGroups, read.maxBytes = m.maxGroups, m.maxBytes
	r := reader{rest: data}
	if version := r.uint(); r.err == nil && version != snapshotVersion {
		return fmt.Errorf("snapshot of a correlation: version %d, want %d", version, snapshotVersion)
	}
	if of := r.text(); r.err == nil && of != m.rule.fingerprint {
		return errors.New("snapshot of a correlation: it is of another one: the signature was changed")
	}
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		if g := r.group(m.rule); r.err == nil && read.groups[g.key] != nil {
			r.fail("a group is there twice")
		} else if r.err == nil {
			read.add(g)
		}
	}
	if r.err == nil && len(r.rest) > 0 {
		r.fail("there is more than belongs to it")
	}
	if r.err != nil {
		return fmt.Errorf("snapshot of a correlation: byte %d: %w", len(data)-len(r.rest), r.err)
	}
	m.groups, m.oldest, m.newest, m.bytes = read.groups, read.oldest, read.newest, read.bytes
	return nil
}

// reader reads a snapshot. After the first error it reads zero values.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = errors.New(what)
	}
}

func (r *reader) uint() uint64 {
	n, width := binary.Uvarint(r.rest)
	return n * r.past(width)
}

func (r *reader) int() int64 {
	n, width := binary.Varint(r.rest)
	return n * int64(r.past(width))
}

// past moves on behind a number; it returns 1, or 0 where there is none.
func (r *reader) past(width int) uint64 {
	if width <= 0 || r.err != nil {
		r.fail("a number is cut off")
		return 0
	}
	r.rest = r.rest[width:]
	return 1
}

func (r *reader) text() string {
	n := r.uint()
	if n > uint64(len(r.rest)) {
		r.fail("a text is cut off")
	}
	if r.err != nil {
		return ""
	}
	text := string(r.rest[:n])
	r.rest = r.rest[n:]
	return text
}

func (r *reader) entry() entry { return entry{time: r.int(), id: r.text(), value: r.text()} }

// group reads a group and works out again what follows from its entries.
func (r *reader) group(of *rule) *group {
	g := &group{key: r.text(), late: int(min(r.uint(), patience)), told: r.entry()}
	if r.err == nil && !of.validKey(g.key) {
		r.fail("the key of a group has other fields")
	}
	n := r.uint()
	if r.err == nil && (n == 0 || n > uint64(of.limit)) {
		r.fail("a group has no matches, or too many")
	}
	for ; n > 0 && r.err == nil; n-- {
		e := r.entry()
		if k := len(g.entries); k > 0 && e.time < g.entries[k-1].time {
			r.fail("the matches of a group are not in order")
		}
		g.entries = append(g.entries, e)
		g.bytes += e.size()
	}
	if r.err != nil {
		return g
	}
	g.start = from(g.entries, minus(g.newest(), of.timespan))
	for _, e := range g.entries[g.start:] {
		g.count(of, e.value, 1)
	}
	return g
}
