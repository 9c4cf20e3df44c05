package catalogue

// Type is the number of a kind of event in records. Numbers are never used
// again.
type Type uint16

// The types of the priority ring: without them no other event can be
// understood, or they are few.
const (
	SchedProcessExec Type = iota + 1
	SchedProcessFork
	SchedProcessExit
	CgroupMkdir
	CgroupRmdir
	ExistingProcess
	ExistingCgroup
	NetPacketDNS
	EventFlood
	_
	ContainerCreate
	ContainerRemove
	ExistingContainer
	NetPacketDNSRequest
	NetPacketDNSResponse
)

const (
	firstBulk = 16
	// MaxType bounds the numbers, and with them the kernel's tables.
	MaxType = 256
)

// Priority reports whether events of the type come through the priority ring
// and are never shed.
func (t Type) Priority() bool { return t < firstBulk }

// String returns the event's name, or "" for an unknown type.
func (t Type) String() string {
	if e := t.Event(); e != nil {
		return e.Name
	}
	return ""
}
