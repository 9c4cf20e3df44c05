package correlate

import (
	"slices"

	"github.com/weirsec/weir/signatures/sdk"
)

// reference says by counting everything anew for each match, as simply as can
// be, whether it makes a finding. It forgets nothing until the condition has
// ceased to hold.
type reference struct {
	kind     sdk.CorrelationType
	timespan int64
	need     int
	names    []string
	groups   map[string]*referenceGroup
}

type referenceGroup struct {
	all  []entry // by arrival
	late int
	told bool
}

// take returns whether a match makes a finding, and whether it was too late.
func (r *reference) take(key string, e entry) (fires, late bool) {
	if r.groups == nil {
		r.groups = map[string]*referenceGroup{}
	}
	g := r.groups[key]
	if g == nil {
		g = &referenceGroup{}
		r.groups[key] = g
	}
	for _, other := range g.all {
		if e.time < other.time-r.timespan {
			late = true
		}
	}
	if late {
		if g.late++; g.late < patience {
			return false, true
		}
		*g = referenceGroup{}
	}
	g.late = 0
	g.all = append(g.all, e)
	holds, near := r.holds(g.all, e)
	if g.told && (!holds || near == 1) {
		*g = referenceGroup{all: []entry{e}}
		holds, _ = r.holds(g.all, e)
	}
	fires = holds && !g.told
	g.told = g.told || holds
	return fires, false
}

// holds reports whether the condition holds in a window with e, and how many
// matches are within a timespan of it.
func (r *reference) holds(all []entry, e entry) (holds bool, near int) {
	for _, first := range all {
		if first.time-e.time <= r.timespan && e.time-first.time <= r.timespan {
			near++
		}
		var window []entry
		for _, other := range all {
			if other.time >= first.time && other.time-first.time <= r.timespan {
				window = append(window, other)
			}
		}
		if slices.Contains(window, e) && r.enough(window) {
			holds = true
		}
	}
	return holds, near
}

func (r *reference) enough(window []entry) bool {
	values := map[string]bool{}
	for _, e := range window {
		values[e.value] = true
	}
	switch r.kind {
	case sdk.EventCount:
		return len(window) >= r.need
	case sdk.ValueCount:
		return len(values) >= r.need
	case sdk.Temporal:
		for _, name := range r.names {
			if !values[name] {
				return false
			}
		}
		return true
	default:
		slices.SortStableFunc(window, func(a, b entry) int { return int(a.time - b.time) })
		return ordered(window, r.names)
	}
}

// ordered looks for the names one after another, trying every match for each.
func ordered(window []entry, names []string) bool {
	if len(names) == 0 {
		return true
	}
	for i, e := range window {
		if e.value == names[0] && ordered(window[i+1:], names[1:]) {
			return true
		}
	}
	return false
}
