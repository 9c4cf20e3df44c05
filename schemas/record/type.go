package record

// Type is the number of an event in records. Numbers are never used again.
type Type uint16

// The types of records. Those below 16 are of the priority class.
const (
	TypeExec Type = iota + 1
	TypeFork
	TypeExit
	TypeCgroupMkdir
	TypeCgroupRmdir
	TypeExistingProcess
	TypeExistingCgroup
)

// What the runtimes on the node tell of containers. The numbers before them are
// kept for events of the kernel.
const (
	TypeContainerCreate Type = iota + 11
	TypeContainerRemove
	TypeExistingContainer
)

// The types of the bulk class.
const (
	TypeOpen Type = iota + firstBulk
	TypeOpenat
	TypeOpenat2
	TypeCreat
	TypeSecurityFileOpen
	TypeExecve
	TypeExecveat
	TypeConnect
	TypeSecuritySocketConnect
	TypePtrace
)

const (
	firstBulk = 16
	// maxType bounds the catalogue and the kernel's table of counters.
	maxType = 64
)

// Priority reports whether records of the type must never be shed: processes,
// cgroups and containers, without which no other event can be understood.
func (t Type) Priority() bool { return t < firstBulk }

// String returns the event's name, or "" for an unknown type.
func (t Type) String() string {
	if s := t.Shape(); s != nil {
		return s.Name
	}
	return ""
}

// TypeOf returns the type of the event with that name and whether there is one.
func TypeOf(name string) (Type, bool) {
	for i := range catalogue {
		if s := catalogue[i].shape; s != nil && s.Name == name {
			return Type(i), true
		}
	}
	return 0, false
}
