package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxLine is the longest line of input that is read, in bytes.
const maxLine = 16 << 20

// errLineTooLong says that a line was skipped for its length.
var errLineTooLong = fmt.Errorf("longer than %d MiB", maxLine>>20)

// lineReader reads lines of up to maxLine bytes. A longer one is skipped to
// its end, so that the rest can go on.
type lineReader struct {
	r    *bufio.Reader
	line []byte
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 256<<10)}
}

// next returns the next line without its end, valid until the next call;
// errLineTooLong for one that was skipped; io.EOF after the last one.
func (l *lineReader) next() ([]byte, error) {
	l.line = l.line[:0]
	tooLong := false
	for {
		part, err := l.r.ReadSlice('\n')
		if tooLong = tooLong || len(l.line)+len(part) > maxLine+1; !tooLong {
			l.line = append(l.line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(part) == 0 && len(l.line) == 0 && !tooLong:
			return nil, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		case tooLong:
			return nil, errLineTooLong
		}
		if n := len(l.line); n > 0 && l.line[n-1] == '\n' {
			l.line = l.line[:n-1]
		}
		return l.line, nil
	}
}
