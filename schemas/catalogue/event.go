package catalogue

import "github.com/weirsec/weir/schemas/event"

// Arg is one argument of an event.
type Arg struct {
	Name, Type string
	From       From
}

// Event describes one kind of event. It must not be changed.
type Event struct {
	Type Type
	// ID is the number that events carry: of syscalls the x86-64 number, of
	// others one from 1000 on.
	ID   int32
	Name string
	// Doc says in a few words what has happened.
	Doc   string
	Group Group
	Class Class
	Args  []Arg
	// Syscall are its numbers where the event is a syscall, else all zero.
	Syscall Numbers
	// Derived is the event that is made of the syscall's end where the kernel
	// has no better hook for it; 0 for none.
	Derived Type
	// Hooks are where the event can be observed, the best first; a syscall's is
	// its end.
	Hooks []Hook
	// Path is the argument whose beginning the kernel may be asked to compare;
	// "" for none.
	Path string
	// Always tells that the event is observed whether a signature wants it or
	// not, because processes and containers are known by it.
	Always bool
	// Techniques are those of MITRE ATT&CK that the event can be a trace of.
	Techniques []string

	shape event.Shape
}

// Shape returns the event's name and arguments as events carry them: always the
// same pointer.
func (e *Event) Shape() *event.Shape { return &e.shape }

// IsSyscall reports whether the event is the end of a syscall.
func (e *Event) IsSyscall() bool { return len(e.Hooks) == 1 && e.Hooks[0] == SysExit && e.ID < 1000 }

// Arg returns the index of the argument of that name, or -1.
func (e *Event) Arg(name string) int {
	for i := range e.Args {
		if e.Args[i].Name == name {
			return i
		}
	}
	return -1
}
