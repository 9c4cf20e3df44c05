package recording

import (
	"io"

	"github.com/weirsec/weir/schemas/frames"
)

const (
	// Magic is how a recording of batches begins.
	Magic = frames.Events
	// maxBatch is far above what an enricher sends, and enough for the longest
	// line.
	maxBatch = 32 << 20
)

// NewFile returns what reads the messages of a recording of batches from r; give
// its Next to NewBatches. The input should be buffered.
func NewFile(r io.Reader) *frames.Reader { return frames.NewReader(r, Magic, maxBatch) }
