package bus

import (
	"maps"
	"slices"
)

// silentFor is how many signs of life of one member there are while another gives
// none, until that one is taken for dead: three times as many as each gives within
// its time to live. Members of a kind have the same.
//
// The broker forgets a silent member by its own wall clock. When that is set back, a
// member that died just before is kept for that much longer, and what it owned would
// be nobody's.
const silentFor = 9

// living is who lives, by the signs that they give.
type living struct {
	// since has for each member whose signs there were since its own last one, and
	// how many.
	since map[string]map[string]int
}

func newLiving() *living { return &living{map[string]map[string]int{}} }

// sign notes that a member lives.
func (l *living) sign(of string) {
	for other, signs := range l.since {
		if other == of {
			continue
		}
		if signs[of]++; signs[of] >= silentFor {
			delete(l.since, other)
		}
	}
	l.since[of] = map[string]int{}
}

// gone notes that one does not live any more.
func (l *living) gone(who string) { delete(l.since, who) }

// all returns who lives, sorted.
func (l *living) all() []string { return slices.Sorted(maps.Keys(l.since)) }

// clear forgets all.
func (l *living) clear() { clear(l.since) }
