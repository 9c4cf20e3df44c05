package recording

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// maxGobMessage bounds a message of a gob stream; the standard library's own
// limit is a gigabyte.
const maxGobMessage = 32 << 20

// gobFrames passes a gob stream on, message by message, and refuses lengths that
// no event has before memory is taken for them. It keeps what it passed on until
// told to forget, so that the beginning can be read twice.
type gobFrames struct {
	from *bufio.Reader
	// left is what is left of the message at hand.
	left   uint64
	offset int64
	kept   *bytes.Buffer
	// again is what is read before anything new.
	again io.Reader
	err   error
	head  []byte
}

func newGobFrames(r io.Reader) *gobFrames {
	return &gobFrames{from: bufio.NewReaderSize(r, 64<<10), kept: new(bytes.Buffer)}
}

// Read implements io.Reader.
func (f *gobFrames) Read(p []byte) (int, error) {
	if f.again != nil {
		if n, err := f.again.Read(p); n > 0 || err == nil {
			return n, nil
		}
		f.again = nil
	}
	if len(f.head) == 0 && f.left == 0 {
		if err := f.length(); err != nil {
			return 0, err
		}
	}
	n := 0
	var err error
	if len(f.head) > 0 {
		n = copy(p, f.head)
		f.head = f.head[n:]
	} else {
		n, err = f.from.Read(p[:min(uint64(len(p)), f.left)])
		f.left -= uint64(n)
		if err != nil {
			err = f.fail(io.ErrUnexpectedEOF)
		}
	}
	f.offset += int64(n)
	if f.kept != nil {
		f.kept.Write(p[:n])
	}
	return n, err
}

// ReadByte makes the decoder read no further than it must.
func (f *gobFrames) ReadByte() (byte, error) {
	var b [1]byte
	for {
		n, err := f.Read(b[:])
		if n == 1 {
			return b[0], nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// length reads the length of the next message: a byte below 128, or a byte that
// says how many bytes follow, highest first.
func (f *gobFrames) length() error {
	first, err := f.from.ReadByte()
	if err != nil {
		return err
	}
	f.head = append(f.head[:0], first)
	f.left = uint64(first)
	if first < 0x80 {
		return nil
	}
	f.left = 0
	size := -int(int8(first))
	if size > 8 {
		return f.fail(fmt.Errorf("a length of %d bytes", size))
	}
	for range size {
		b, err := f.from.ReadByte()
		if err != nil {
			return f.fail(io.ErrUnexpectedEOF)
		}
		f.head = append(f.head, b)
		f.left = f.left<<8 | uint64(b)
	}
	if f.left > maxGobMessage {
		return f.fail(fmt.Errorf("a message of %d bytes: want up to %d", f.left, maxGobMessage))
	}
	return nil
}

// fail remembers that the framing is broken.
func (f *gobFrames) fail(err error) error {
	if f.err == nil {
		f.err = fmt.Errorf("gob stream: offset %d: %w", f.offset, err)
	}
	return f.err
}

// rewind returns the frames so that they are read from their beginning again.
func (f *gobFrames) rewind() *gobFrames {
	if f.kept != nil {
		f.again, f.kept = bytes.NewReader(f.kept.Bytes()), nil
	}
	return f
}

// idle reports whether the next message would have to be waited for.
func (f *gobFrames) idle() bool {
	return f.again == nil && f.left == 0 && len(f.head) == 0 && f.from.Buffered() == 0
}

// forget lets go of what was kept for rewind.
func (f *gobFrames) forget() { f.kept = nil }
