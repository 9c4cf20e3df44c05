package recording

import (
	"bufio"
	"bytes"
)

// Format is a kind of recording.
type Format string

// The formats.
const (
	// FormatJSON is one event a line, in either of Tracee's forms.
	FormatJSON Format = "json"
	// FormatGob is Tracee's gob stream.
	FormatGob Format = "gob"
	// FormatBatches is a recording of Weir's batches.
	FormatBatches Format = "batches"
	// FormatRaw is a recording of the kernel's records, which package replay of
	// the collector reads and the enricher makes batches of.
	FormatRaw Format = "raw"
)

// rawMagic is how a recording of the kernel's records begins.
const rawMagic = "WEIRREC1"

// Detect tells a recording's format by its beginning, which stays in r. What it
// does not know is taken for lines, each of which will say what is wrong with it.
func Detect(r *bufio.Reader) Format {
	// An error comes again at the first read.
	head, _ := r.Peek(len(Magic))
	switch {
	case string(head) == Magic:
		return FormatBatches
	case string(head) == rawMagic:
		return FormatRaw
	case looksGob(head):
		return FormatGob
	default:
		return FormatJSON
	}
}

// looksGob reports whether a stream begins with the definition of a type, as
// every gob stream does: its length, and the first number of a type of one's
// own.
func looksGob(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	length := 1
	if head[0] >= 0x80 {
		length += -int(int8(head[0]))
	}
	return length <= 3 && bytes.HasPrefix(head[length:], []byte{0xff, 0x81})
}
