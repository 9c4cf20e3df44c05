package recording

import (
	"bufio"
	"bytes"

	"github.com/weirsec/weir/schemas/frames"
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
	// FormatUnknown is something else: compressed, or another kind of file.
	FormatUnknown Format = "unknown"
)

// Detect tells a recording's format by its beginning, which stays in r. Text is
// taken for lines, each of which will say what is wrong with it.
func Detect(r *bufio.Reader) Format {
	// An error comes again at the first read.
	head, _ := r.Peek(len(Magic))
	switch {
	case string(head) == Magic:
		return FormatBatches
	case string(head) == frames.Raw:
		return FormatRaw
	case looksGob(head):
		return FormatGob
	case looksBinary(r):
		return FormatUnknown
	default:
		return FormatJSON
	}
}

// looksBinary reports whether what was read already begins with anything but
// JSON and holds bytes that no text has.
func looksBinary(r *bufio.Reader) bool {
	const enough = 512
	head, _ := r.Peek(min(r.Buffered(), enough))
	if bytes.HasPrefix(bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"), []byte("{")) {
		return false
	}
	return bytes.ContainsFunc(head, func(c rune) bool { return c < ' ' && c != '\t' && c != '\n' && c != '\r' })
}

// looksGob reports whether a stream begins with the definition of a type, as
// every gob stream does: its length, and then a negative number, which has its
// lowest bit set.
func looksGob(head []byte) bool {
	const enough = 6
	if len(head) < enough {
		return false
	}
	length := 1
	if head[0] >= 0x80 {
		length += -int(int8(head[0]))
	}
	if length > 3 {
		return false
	}
	switch head[length] {
	case 0x7f:
		return true
	case 0xff:
		return head[length+1] > 0x80 && head[length+1]&1 == 1
	case 0xfe:
		return head[length+2]&1 == 1
	default:
		return false
	}
}
