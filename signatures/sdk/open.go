package sdk

import "github.com/weirsec/weir/schemas/event"

// The access mode of an open is in two bits of its flags, the same on every
// machine; 3, which is neither, only asks for the right to control a device.
const (
	accessMode = 3
	writeOnly  = 1
	readWrite  = 2
)

// OpenedToRead reports whether an event's argument "flags" opens a file for
// reading, whether it is a number or in words.
func OpenedToRead(e *event.Event) bool {
	flags, ok := e.Int("flags")
	return ok && (flags&accessMode == 0 || flags&accessMode == readWrite)
}

// OpenedToWrite reports whether an event's argument "flags" opens a file for
// writing, whether it is a number or in words.
func OpenedToWrite(e *event.Event) bool {
	flags, ok := e.Int("flags")
	return ok && (flags&accessMode == writeOnly || flags&accessMode == readWrite)
}
