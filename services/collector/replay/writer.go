package replay

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/weirsec/weir/schemas/eventpb"
)

const (
	magic = "WEIRREC1"
	// maxBatch is far above what a collector sends.
	maxBatch = 8 << 20
)

// Writer writes a recording.
type Writer struct {
	to    io.Writer
	begun bool
}

// NewWriter returns a Writer that writes to w, which the caller flushes and
// closes.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w} }

// Write appends one batch.
func (w *Writer) Write(b *eventpb.RawBatch) error {
	var buf []byte
	if !w.begun {
		buf = append(buf, magic...)
	}
	size := b.SizeVT()
	if size > maxBatch {
		return fmt.Errorf("recording: batch of %d bytes: want up to %d", size, maxBatch)
	}
	data, err := b.MarshalVT()
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	buf = append(binary.LittleEndian.AppendUint32(buf, uint32(size)), data...)
	if _, err := w.to.Write(buf); err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	w.begun = true
	return nil
}
