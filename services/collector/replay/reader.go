package replay

import (
	"io"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/frames"
	"github.com/weirsec/weir/schemas/record"
)

// Reader reads a recording of raw batches.
type Reader struct{ from *frames.Reader }

// NewReader returns a Reader of r. It fails where r does not begin like a
// recording of a known version.
func NewReader(r io.Reader) (*Reader, error) {
	from := frames.NewReader(r, frames.Raw, maxBatch)
	if err := from.Begin(); err != nil {
		return nil, err
	}
	return &Reader{from: from}, nil
}

// Next implements Batches.
func (r *Reader) Next() (*eventpb.RawBatch, error) {
	offset := r.from.Offset()
	data, err := r.from.Next()
	if err != nil {
		return nil, err
	}
	b, err := record.Unmarshal(data)
	if err != nil {
		return nil, &UnreadableError{frames.At(offset, err)}
	}
	return b, nil
}
