package replay

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

// Reader reads a recording.
type Reader struct {
	from   io.Reader
	offset int64
}

// NewReader returns a Reader of r. It fails where r does not begin like a
// recording of a known version.
func NewReader(r io.Reader) (*Reader, error) {
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, fmt.Errorf("recording: too short for its first %d bytes: %w", len(magic), err)
	}
	if string(head) != magic {
		return nil, fmt.Errorf("recording: begins with %q, want %q", head, magic)
	}
	return &Reader{from: r, offset: int64(len(magic))}, nil
}

// Next returns the next batch, or io.EOF after the last. Other errors name the
// offset; nothing can be read after them.
func (r *Reader) Next() (*eventpb.RawBatch, error) {
	var head [4]byte
	if _, err := io.ReadFull(r.from, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, r.fail("length: %w", err)
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n > maxBatch {
		return nil, r.fail("batch of %d bytes: want up to %d", n, maxBatch)
	}
	data, err := io.ReadAll(io.LimitReader(r.from, int64(n)))
	if err == nil && len(data) < int(n) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, r.fail("batch: %w", err)
	}
	b, err := record.Unmarshal(data)
	if err != nil {
		return nil, r.fail("%w", err)
	}
	r.offset += int64(len(head)) + int64(n)
	return b, nil
}

func (r *Reader) fail(format string, args ...any) error {
	return fmt.Errorf("recording: offset %d: %w", r.offset, fmt.Errorf(format, args...))
}
