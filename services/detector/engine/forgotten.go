package engine

import "maps"

// Forgotten is how many matches and groups of matches a correlation left out,
// by reason.
type Forgotten struct {
	// Late is how many matches were older than the timespan allows.
	Late uint64
	// Valueless is how many matches had nothing that could be counted.
	Valueless uint64
	// Crowded is how many matches made room for newer ones of their group.
	Crowded uint64
	// Evicted is how many groups made room for others while they could still
	// have counted.
	Evicted uint64
}

// Forgetful is an Instance that leaves out some of what it should remember.
type Forgetful interface {
	// Forgotten may be called while the instance is in use.
	Forgotten() Forgotten
}

// Plus returns the sums.
func (f Forgotten) Plus(g Forgotten) Forgotten {
	return Forgotten{
		Late: f.Late + g.Late, Valueless: f.Valueless + g.Valueless,
		Crowded: f.Crowded + g.Crowded, Evicted: f.Evicted + g.Evicted,
	}
}

// ByReason returns the numbers that are not zero, by the reasons as metrics
// name them.
func (f Forgotten) ByReason() map[string]uint64 {
	reasons := map[string]uint64{
		"late": f.Late, "no_value": f.Valueless, "group_full": f.Crowded, "memory_full": f.Evicted,
	}
	maps.DeleteFunc(reasons, func(_ string, n uint64) bool { return n == 0 })
	return reasons
}

// forgotten returns what an instance has forgotten, where it forgets.
func forgotten(i Instance) Forgotten {
	if forgetful, ok := i.(Forgetful); ok {
		return forgetful.Forgotten()
	}
	return Forgotten{}
}
