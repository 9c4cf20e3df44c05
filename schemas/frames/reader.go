package frames

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Reader reads the messages of a recording.
type Reader struct {
	from   io.Reader
	magic  string
	most   int
	offset int64
	begun  bool
}

// NewReader returns what reads a recording that begins with magic from r, which
// should be buffered. A message of more than most bytes is an error.
func NewReader(r io.Reader, magic string, most int) *Reader {
	return &Reader{from: r, magic: magic, most: most}
}

// Begin reads the recording's first bytes, which Next would do otherwise. It
// fails where they are not those of the magic.
func (r *Reader) Begin() error {
	if r.begun {
		return nil
	}
	head := make([]byte, len(r.magic))
	if _, err := io.ReadFull(r.from, head); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("recording: too short for its first %d bytes: %w", len(r.magic), err)
	}
	if string(head) != r.magic {
		return fmt.Errorf("recording: begins with %q, want %q", head, r.magic)
	}
	r.begun, r.offset = true, int64(len(r.magic))
	return nil
}

// Next returns the next message, which is the caller's, or io.EOF after the
// last. Other errors name the offset of the message; nothing can be read after
// them.
func (r *Reader) Next() ([]byte, error) {
	if err := r.Begin(); err != nil {
		return nil, err
	}
	var head [4]byte
	if _, err := io.ReadFull(r.from, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, r.fail(fmt.Errorf("length: %w", err))
	}
	n := binary.LittleEndian.Uint32(head[:])
	if uint64(n) > uint64(r.most) {
		return nil, r.fail(fmt.Errorf("batch of %d bytes: want up to %d", n, r.most))
	}
	message, err := readExactly(r.from, int(n))
	if err != nil {
		return nil, r.fail(fmt.Errorf("batch: %w", err))
	}
	r.offset += int64(len(head)) + int64(n)
	return message, nil
}

// Offset returns where the next message begins.
func (r *Reader) Offset() int64 { return r.offset }

// fail says where the message is that an error concerns.
func (r *Reader) fail(err error) error { return At(r.offset, err) }

// At says that an error concerns the message at an offset.
func At(offset int64, err error) error { return fmt.Errorf("recording: offset %d: %w", offset, err) }

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
