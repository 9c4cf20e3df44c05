package replay

import (
	"io"

	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/frames"
)

// maxEvents is what package recording of the detector may write.
const maxEvents = 32 << 20

// Events reads a recording of events, as raw batches.
type Events struct {
	from    *frames.Reader
	decoder batch.Decoder
	packer  Packer
	made    []*eventpb.RawBatch
}

// NewEvents returns what reads a recording of events from r. It fails where r
// does not begin like one of a known version.
func NewEvents(r io.Reader) (*Events, error) {
	from := frames.NewReader(r, frames.Events, maxEvents)
	if err := from.Begin(); err != nil {
		return nil, err
	}
	return &Events{from: from}, nil
}

// Next implements Batches.
func (e *Events) Next() (*eventpb.RawBatch, error) {
	if len(e.made) == 0 {
		if err := e.read(); err != nil {
			return nil, err
		}
	}
	next := e.made[0]
	e.made = e.made[1:]
	return next, nil
}

// read reads one message. It is decoded to see whether it can be, and passed on
// as it is unless it is too large for a broker.
func (e *Events) read() error {
	offset := e.from.Offset()
	message, err := e.from.Next()
	if err != nil {
		return err
	}
	b, err := e.decoder.Decode(message)
	if err != nil {
		return &UnreadableError{frames.At(offset, err)}
	}
	b.Envelope.Count = uint32(len(b.Events))
	if len(message) <= packedBytes || len(b.Events) < 2 {
		raw := wrap(b.Envelope, message)
		if len(b.Events) > 0 {
			// No other batch begins with this event, whatever was left out of them.
			raw.Envelope.FirstSeq = b.Events[0].Seq
		}
		e.made = append(e.made[:0], raw)
		return nil
	}
	if e.made, err = e.packer.Pack(b.Envelope, b.Events); err != nil {
		return &UnreadableError{frames.At(offset, err)}
	}
	return nil
}
