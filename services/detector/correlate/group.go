package correlate

import "slices"

// patience is how many late matches in a row make a group start anew: then the
// clock that its times come from was set back.
const patience = 8

// group is the matches that the fields of group-by do not keep apart.
type group struct {
	key string
	// entries are sorted by time, and by arrival where times are equal. They
	// reach back two timespans from the newest, as far as a match that is not
	// late may need.
	entries []entry
	// start is the first entry of the window that ends with the newest, and
	// values how many entries of that window have each value.
	start  int
	values map[string]int
	// late is how many matches in a row were too late.
	late int
	// told is the match that the last finding was made of; without an id where
	// none was made, or the condition has not held since.
	told entry
	// bytes is what the entries take.
	bytes int
	// older and newer are the neighbours by the last match.
	older, newer *group
}

// verdict is what became of a match.
type verdict int

const (
	quiet verdict = iota
	fires
	late
)

// take adds a match. It returns the window that a finding is to be made of
// where it fires, valid until the next call, and how many old entries made room.
//
// A finding is made as soon as the condition holds. Then there is none until a
// match comes with which it does not hold any more: all before that one belong
// to what was told, and the count begins anew with it.
func (g *group) take(r *rule, e entry) (window []entry, v verdict, crowded int) {
	if len(g.entries) > 0 && e.time < minus(g.newest(), r.timespan) {
		if g.late++; g.late < patience {
			return nil, late, 0
		}
		g.clear()
	}
	g.late = 0
	if g.has(e) {
		// The event was delivered again: so is its finding, if it made one.
		if window := g.again(r, e); window != nil {
			return window, fires, 0
		}
		return nil, quiet, 0
	}
	if len(g.entries) >= r.limit {
		g.drop(1)
		crowded = 1
	}
	at := g.insert(r, e)
	window = g.around(r, at)
	if g.told.id != "" && (window == nil || g.alone(at)) {
		g.clear()
		window = g.around(r, g.insert(r, e))
	}
	if g.told.id != "" || window == nil {
		return nil, quiet, crowded
	}
	g.told = e
	return window, fires, crowded
}

// again returns the window of the entry that the last finding was made of, as
// it was then; nil where it is another entry.
func (g *group) again(r *rule, e entry) []entry {
	if g.told != e {
		return nil
	}
	at := slices.Index(g.entries, e)
	window := g.entries[from(g.entries, minus(e.time, r.timespan)) : at+1]
	var values map[string]int
	if r.counts() {
		values = make(map[string]int)
		for i := range window {
			values[window[i].value]++
		}
	}
	if r.holds(window, values) {
		return window
	}
	return g.around(r, at)
}

// newest returns the latest time of all matches; there must be one.
func (g *group) newest() int64 { return g.entries[len(g.entries)-1].time }

// has reports whether an entry is there already: an event that is delivered
// again does not count twice.
func (g *group) has(e entry) bool {
	for i := after(g.entries, e.time) - 1; i >= 0 && g.entries[i].time == e.time; i-- {
		if g.entries[i] == e {
			return true
		}
	}
	return false
}

// insert adds an entry in its place, lets go of what is too old, and returns
// the place.
func (g *group) insert(r *rule, e entry) int {
	at := after(g.entries, e.time)
	g.entries = slices.Insert(g.entries, at, e)
	g.bytes += e.size()
	// What is not late is in the window that ends with the newest.
	g.count(r, e.value, 1)
	begin := minus(g.newest(), r.timespan)
	for ; g.entries[g.start].time < begin; g.start++ {
		g.count(r, g.entries[g.start].value, -1)
	}
	old := 0
	for g.entries[old].time < minus(begin, r.timespan) {
		old++
	}
	g.drop(old)
	return at - old
}

func (g *group) count(r *rule, value string, by int) {
	if !r.counts() {
		return
	}
	if g.values == nil {
		g.values = make(map[string]int)
	}
	if g.values[value] += by; g.values[value] == 0 {
		delete(g.values, value)
	}
}

// drop forgets the n oldest entries.
func (g *group) drop(n int) {
	for i := range n {
		g.bytes -= g.entries[i].size()
		if i >= g.start && g.values != nil {
			if g.values[g.entries[i].value]--; g.values[g.entries[i].value] == 0 {
				delete(g.values, g.entries[i].value)
			}
		}
		g.entries[i] = entry{} // let go of the texts
	}
	g.entries = g.entries[n:]
	g.start = max(0, g.start-n)
}

// clear forgets all entries, and that something was told.
func (g *group) clear() {
	g.entries, g.start, g.bytes, g.told = nil, 0, 0, entry{}
	clear(g.values)
}

// alone reports whether no entry is within a timespan of the one at a place.
// One that came late has the newest near it.
func (g *group) alone(at int) bool {
	return g.entries[at].time == g.newest() && len(g.entries)-g.start == 1
}

// around returns a window with the entry at a place in which the condition
// holds; nil where there is none. That entry is in the window that ends with the
// newest, because it is not late.
func (g *group) around(r *rule, at int) []entry {
	if window := g.entries[g.start:]; r.holds(window, g.values) {
		return window
	}
	time := g.entries[at].time
	if time == g.newest() {
		return nil
	}
	// It came after newer ones: windows that end before the newest may hold
	// what is not in that one any more. Mostly that is too little to matter.
	first := from(g.entries, minus(time, r.timespan))
	if !r.mayHold(g.entries[first:], len(g.entries)-g.start, len(g.values), g.start-first) {
		return nil
	}
	return past(r, g.entries, first, time)
}

// past returns the earliest window, of those that hold a time and begin with
// first or later, in which the condition holds.
func past(r *rule, entries []entry, first int, time int64) []entry {
	values := make(map[string]int)
	for end := first; end < len(entries); end++ {
		values[entries[end].value]++
		last := end+1 == len(entries) || entries[end+1].time != entries[end].time
		if entries[end].time < time || !last {
			continue
		}
		for ; entries[first].time < minus(entries[end].time, r.timespan); first++ {
			if values[entries[first].value]--; values[entries[first].value] == 0 {
				delete(values, entries[first].value)
			}
		}
		if window := entries[first : end+1]; r.holds(window, values) {
			return window
		}
	}
	return nil
}
