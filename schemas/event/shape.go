package event

import "strings"

// Shape is a kind of event. Shapes are compared by pointer inside one batch.
type Shape struct {
	// ID is the number of the event; syscalls have their x86-64 number.
	ID int32
	// Name is the event's name, for example "openat".
	Name string
	// Args are the names and types of the arguments in the kernel's order.
	Args []ArgSpec
}

// ArgSpec names one argument and its type in either of Tracee's vocabularies.
type ArgSpec struct {
	Name string
	Type string
}

// clone returns a Shape that shares no memory with s.
func (s *Shape) clone() *Shape {
	own := &Shape{ID: s.ID, Name: strings.Clone(s.Name)}
	if len(s.Args) > 0 {
		own.Args = make([]ArgSpec, len(s.Args))
	}
	for i, a := range s.Args {
		own.Args[i] = ArgSpec{Name: strings.Clone(a.Name), Type: strings.Clone(a.Type)}
	}
	return own
}
