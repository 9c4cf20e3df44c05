package recording

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	// Magic is how a recording of batches begins.
	Magic = "WEIREVT1"
	// maxBatch is far above what an enricher sends, and enough for the longest
	// line.
	maxBatch = 32 << 20
)

// File reads the messages of a recording of batches.
type File struct {
	from   io.Reader
	offset int64
	begun  bool
}

// NewFile returns what reads a recording of batches from r; give its Next to
// NewBatches. The input should be buffered.
func NewFile(r io.Reader) *File { return &File{from: r} }

// Next returns the next message, or io.EOF after the last. Other errors name the
// offset; nothing can be read after them.
func (f *File) Next() ([]byte, error) {
	if !f.begun {
		if err := f.begin(); err != nil {
			return nil, err
		}
	}
	var head [4]byte
	if _, err := io.ReadFull(f.from, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, f.fail("length: %w", err)
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n > maxBatch {
		return nil, f.fail("batch of %d bytes: want up to %d", n, maxBatch)
	}
	message, err := readExactly(f.from, int(n))
	if err != nil {
		return nil, f.fail("batch: %w", err)
	}
	f.offset += int64(len(head)) + int64(n)
	return message, nil
}

func (f *File) begin() error {
	head := make([]byte, len(Magic))
	if _, err := io.ReadFull(f.from, head); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("recording: too short for its first %d bytes: %w", len(Magic), err)
	}
	if string(head) != Magic {
		return fmt.Errorf("recording: begins with %q, want %q", head, Magic)
	}
	f.begun, f.offset = true, int64(len(Magic))
	return nil
}

func (f *File) fail(format string, args ...any) error {
	return fmt.Errorf("recording: offset %d: %w", f.offset, fmt.Errorf(format, args...))
}

// trusted is how much memory is taken on the word of a length alone.
const trusted = 64 << 10

// readExactly reads n bytes, and takes memory for many of them only as they
// come.
func readExactly(r io.Reader, n int) ([]byte, error) {
	data := make([]byte, min(n, trusted))
	read, err := io.ReadFull(r, data)
	for err == nil && read < n {
		data = append(data, make([]byte, min(n-read, len(data)))...)
		var more int
		more, err = io.ReadFull(r, data[read:])
		read += more
	}
	if errors.Is(err, io.EOF) && n > 0 {
		err = io.ErrUnexpectedEOF
	}
	return data, err
}
