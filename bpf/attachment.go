package bpf

// Attachment says for one event how it is observed, or why not.
type Attachment struct {
	// Event is the event's name.
	Event string
	// Hook is where it is taken from, or would be where nobody wants it; "" for
	// none that the kernel has.
	Hook string
	// Program is the kernel program that makes it.
	Program string
	// Attached is true where events of this kind can arrive now, with all that
	// they tell.
	Attached bool
	// Reason says what went wrong. It is "" where the event is attached, and
	// where it is off only because nobody is interested in it.
	Reason string
	// Refused are the better hooks that the kernel does not let be used, and why:
	// "lsm: operation not permitted". For an event that needs to know what was
	// before its syscall they are those where that would be noted.
	Refused []string
}
