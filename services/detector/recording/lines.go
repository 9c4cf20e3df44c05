package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	// MaxLine is the longest line that is read, in bytes.
	MaxLine = 16 << 20
	// blockSize is how much is read at once: some hundred events.
	blockSize = 256 << 10
	// minRead is the room that is not worth another read.
	minRead = 16 << 10
)

// ErrLineTooLong says that a line was skipped for its length.
var ErrLineTooLong = fmt.Errorf("longer than %d MiB", MaxLine>>20)

// Lines reads one event a line. A line longer than MaxLine is reported and
// skipped to its end, so that the rest can go on.
type Lines struct {
	from io.Reader
	// longest is MaxLine, but for tests.
	longest int
	// block is what is read into. What was handed out of it is not touched
	// again: the events' texts are parts of it.
	block []byte
	// begin is where the next line begins, end where the data does, and seen up
	// to where it is known to have no line end.
	begin, seen, end int
	line             int
	skipping         bool
	// skipped are the lines that were skipped before the piece at hand.
	skipped []int
	err     error
}

// NewLines returns a Reader of lines. Pieces are handed out as the input comes:
// one read from r, or more until it holds the end of a line.
func NewLines(r io.Reader) *Lines { return &Lines{from: r, longest: MaxLine, line: 1} }

// Next implements Reader.
func (l *Lines) Next() (Piece, error) {
	for {
		if p := l.complete(); p != nil {
			return p, nil
		}
		if l.err != nil {
			return l.last()
		}
		l.read()
	}
}

// complete returns the whole lines that were read, nil where there are none.
func (l *Lines) complete() Piece {
	if l.skipping {
		if !l.skip() {
			return nil
		}
	}
	last := bytes.LastIndexByte(l.block[l.seen:l.end], '\n')
	if last < 0 {
		l.seen = l.end
		if l.end-l.begin > l.longest {
			// Not into the same memory: parts of it may have been handed out.
			l.skipping, l.block = true, make([]byte, blockSize)
			l.begin, l.seen, l.end = 0, 0, 0
		}
		return nil
	}
	return l.piece(l.seen + last + 1)
}

// skip passes over the rest of a line that is too long and reports whether its
// end was found.
func (l *Lines) skip() bool {
	at := bytes.IndexByte(l.block[:l.end], '\n')
	if at < 0 {
		l.end = 0
		return false
	}
	l.skipping = false
	l.skipped = append(l.skipped, l.line)
	l.line++
	l.begin, l.seen = at+1, at+1
	return true
}

// piece hands out the lines up to end.
func (l *Lines) piece(end int) Piece {
	p := &block{data: l.block[l.begin:end:end], first: l.line, skipped: l.skipped, longest: l.longest}
	l.line += bytes.Count(p.data, []byte{'\n'})
	l.skipped = nil
	l.begin, l.seen = end, end
	return p
}

// last returns what is left at the end of the input, and then its error.
func (l *Lines) last() (Piece, error) {
	if !errors.Is(l.err, io.EOF) {
		return nil, fmt.Errorf("read line %d: %w", l.line, l.err)
	}
	if l.skipping {
		l.skipping = false
		l.skipped = append(l.skipped, l.line)
		l.line++
	}
	if l.begin == l.end && len(l.skipped) == 0 {
		return nil, io.EOF
	}
	return l.piece(l.end), nil
}

// read reads once, into new memory where the block is used up.
func (l *Lines) read() {
	if len(l.block)-l.end < minRead {
		rest := l.end - l.begin
		next := make([]byte, max(blockSize, 2*rest))
		copy(next, l.block[l.begin:l.end])
		l.block, l.seen, l.begin, l.end = next, l.seen-l.begin, 0, rest
	}
	n, err := l.from.Read(l.block[l.end:])
	l.end += n
	l.err = err
}
