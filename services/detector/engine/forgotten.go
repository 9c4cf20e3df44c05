package engine

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

// add adds what an instance has forgotten, where it forgets.
func (f *Forgotten) add(i Instance) {
	forgetful, ok := i.(Forgetful)
	if !ok {
		return
	}
	more := forgetful.Forgotten()
	f.Late += more.Late
	f.Valueless += more.Valueless
	f.Crowded += more.Crowded
	f.Evicted += more.Evicted
}
