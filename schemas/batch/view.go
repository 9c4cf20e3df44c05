package batch

import "unsafe"

// view returns the bytes of a string without copying them. They must not be
// written to: the message only reads them while it is marshalled.
func view(s string) []byte {
	return unsafe.Slice(unsafe.StringData(s), len(s))
}

// text returns bytes as a string without copying them; the caller must not
// change them as long as the string lives.
func text(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b))
}
