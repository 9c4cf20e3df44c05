package correlate

import (
	"sync/atomic"

	"github.com/weirsec/weir/services/detector/engine"
)

const (
	// maxGroups is how many groups a partition remembers of one signature.
	maxGroups = 10_000
	// maxBytes is about how much memory they may take together.
	maxBytes = 8 << 20
	// groupCost is how many bytes a group takes besides its key and entries.
	groupCost = 384
)

// memory is the groups of one signature in one partition.
type memory struct {
	rule   *rule
	groups map[string]*group
	// oldest and newest are the ends of the list of groups by their last match.
	oldest, newest *group
	// maxGroups and maxBytes are the constants but in tests.
	maxGroups, maxBytes int
	bytes               int
	counts              counts
}

// counts are atomic so that others can read them.
type counts struct{ late, valueless, crowded, evicted atomic.Uint64 }

func (c *counts) forgotten() engine.Forgotten {
	return engine.Forgotten{
		Late: c.late.Load(), Valueless: c.valueless.Load(), Crowded: c.crowded.Load(), Evicted: c.evicted.Load(),
	}
}

func newMemory(r *rule) *memory {
	return &memory{rule: r, groups: make(map[string]*group), maxGroups: maxGroups, maxBytes: maxBytes}
}

// take adds a match and returns the window that a finding is to be made of, nil
// for none. The window is valid until the next call of any method.
func (m *memory) take(key []byte, e entry) []entry {
	g := m.groups[string(key)]
	if g == nil {
		g = &group{key: string(key)}
		m.add(g)
	} else if g != m.newest {
		m.unlink(g)
		m.link(g)
	}
	before := g.bytes
	window, v, crowded := g.take(m.rule, e)
	m.bytes += g.bytes - before
	m.counts.crowded.Add(uint64(crowded))
	if v == late {
		m.counts.late.Add(1)
	}
	return window
}

// add adds a group as the one that matched last.
func (m *memory) add(g *group) {
	m.groups[g.key] = g
	m.bytes += g.cost()
	m.link(g)
}

// cost is what the group takes in all.
func (g *group) cost() int { return groupCost + len(g.key) + g.bytes }

// trim makes room by forgetting the groups whose last match is the longest ago.
// Those that could not count any more at the time of the event at hand are no
// loss. The one that is left forgets its oldest matches.
func (m *memory) trim(now int64) {
	for m.oldest != m.newest && (len(m.groups) > m.maxGroups || m.bytes > m.maxBytes) {
		g := m.oldest
		if plus(plus(g.newest(), m.rule.timespan), m.rule.timespan) >= now {
			m.counts.evicted.Add(1)
		}
		m.unlink(g)
		m.bytes -= g.cost()
		delete(m.groups, g.key)
	}
	if m.bytes <= m.maxBytes {
		return
	}
	for g := m.newest; m.bytes > m.maxBytes && len(g.entries) > 1; {
		m.bytes -= g.entries[0].size()
		g.drop(1)
		m.counts.crowded.Add(1)
	}
}

// link puts a group at the end of the list.
func (m *memory) link(g *group) {
	g.older, g.newer = m.newest, nil
	if m.newest == nil {
		m.oldest = g
	} else {
		m.newest.newer = g
	}
	m.newest = g
}

// unlink takes a group out of the list.
func (m *memory) unlink(g *group) {
	if g.older == nil {
		m.oldest = g.newer
	} else {
		g.older.newer = g.newer
	}
	if g.newer == nil {
		m.newest = g.older
	} else {
		g.newer.older = g.older
	}
}
