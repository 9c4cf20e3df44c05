package tracee

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	// maxLine is the longest line that is read, in bytes.
	maxLine = 16 << 20
	// readAhead is how much is read at once.
	readAhead = 256 << 10
)

// errTooLong says that a line was skipped for its length.
var errTooLong = errors.New("too long")

// lines splits an input into lines.
type lines struct {
	from    *bufio.Reader
	longest int
	long    []byte
}

func newLines(r io.Reader, longest int) *lines {
	return &lines{from: bufio.NewReaderSize(r, readAhead), longest: longest}
}

// next returns a line without its end, good until the next call. The last one
// needs no end. A line that is too long is read to its end and an errTooLong.
func (l *lines) next() ([]byte, error) {
	l.long = l.long[:0]
	size := 0
	for {
		part, err := l.from.ReadSlice('\n')
		size += len(part)
		ended := err == nil
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
			return nil, err
		}
		last := ended || errors.Is(err, io.EOF)
		switch {
		case last && size == 0:
			return nil, io.EOF
		case size > l.longest+1:
			// Not kept: whatever it is, nobody looks at it.
			l.long = nil
		case last && len(l.long) == 0:
			return bytes.TrimSuffix(part, []byte{'\n'}), nil
		default:
			l.long = append(l.long, part...)
		}
		if !last {
			continue
		}
		if size > l.longest+1 {
			return nil, fmt.Errorf("%w: %d bytes, want up to %d", errTooLong, size, l.longest)
		}
		return bytes.TrimSuffix(l.long, []byte{'\n'}), nil
	}
}

// ready reports whether more can be had without waiting for input.
func (l *lines) ready() bool { return l.from.Buffered() > 0 }
