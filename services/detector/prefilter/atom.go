package prefilter

// Op is how a text of an event is compared with a constant one.
type Op uint8

// The comparisons.
const (
	Equal Op = iota
	Prefix
	Suffix
	Contains
	// ContainsFold compares in lower case; its text is lower-case ASCII.
	ContainsFold
)

// Source is where a text of an event is.
type Source uint8

// The sources.
const (
	// Arg is an argument as signatures read it, flags and requests in words.
	Arg Source = iota
	// Element is any element of an argument that is a list of texts.
	Element
	// Member is a member of an argument that is an object of texts.
	Member
	// ProcessName, Executable, ContainerID and Syscall are of the event itself.
	ProcessName
	Executable
	ContainerID
	Syscall
)

// Place is one text of an event, or the texts of one list.
type Place struct {
	Source Source
	// Name is the argument's, Key the member's.
	Name, Key string
}

// Atom is a comparison of one place with one text.
type Atom struct {
	Place Place
	Op    Op
	Text  string
}

// weight says how much an atom lets through: the less the better. Whatever it
// is, nothing but speed depends on it.
func (a Atom) weight() int {
	// Long texts are rare ones.
	weight := 64 - min(len(a.Text), 32)
	switch a.Op {
	case Prefix, Suffix:
		weight += 8
	case Contains, ContainsFold:
		weight += 24
	}
	switch a.Place.Source {
	case Element:
		weight += 32
	case Arg:
		if a.Place.Name == "flags" {
			// Written out for each event, and much the same in all.
			weight += 64
		}
	}
	return weight
}
