package replay

import (
	"fmt"
	"io"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/frames"
)

// maxBatch is far above what a collector sends.
const maxBatch = 8 << 20

// Writer writes a recording of raw batches.
type Writer struct{ to *frames.Writer }

// NewWriter returns a Writer that writes to w, which the caller flushes and
// closes.
func NewWriter(w io.Writer) *Writer { return &Writer{to: frames.NewWriter(w, frames.Raw, maxBatch)} }

// Write appends one batch.
func (w *Writer) Write(b *eventpb.RawBatch) error {
	data, err := b.MarshalVT()
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	return w.to.Write(data)
}
