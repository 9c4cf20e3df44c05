package spool

import (
	"bytes"
	"errors"
	"io"
)

// resyncChunk is how much is read at once in search of a frame.
const resyncChunk = 256 << 10

// resync returns where the next good head of a frame is at or behind off, or
// end where there is none.
func resync(r io.ReaderAt, off, end int64) int64 {
	chunk := make([]byte, resyncChunk)
	var buf []byte
	for off < end {
		part := chunk[:min(int64(len(chunk)), end-off)]
		n, err := r.ReadAt(part, off)
		part = part[:n]
		for from := 0; ; {
			i := bytes.Index(part[from:], []byte(magic))
			if i < 0 {
				break
			}
			at := off + int64(from+i)
			var ferr error
			_, _, buf, ferr = readFrame(r, at, end, buf)
			if ferr == nil || errors.Is(ferr, errTorn) {
				return at
			}
			from += i + 1
		}
		if err != nil && !errors.Is(err, io.EOF) || n < len(magic) {
			return end
		}
		off += int64(n - len(magic) + 1)
	}
	return end
}
