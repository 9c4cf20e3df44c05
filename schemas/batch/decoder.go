package batch

import (
	"fmt"
	"unsafe"

	"github.com/weirsec/weir/schemas/eventpb"
)

// Decoder reads batches. It keeps its tables between calls; one goroutine may
// use it at a time. The zero Decoder is ready.
type Decoder struct {
	// Reuse makes Decode take the memory of the batch before: who has finished
	// with a batch when it reads the next one saves most of the garbage. No
	// event, context or process of a batch is good after the next call then.
	Reuse bool

	tables tables
}

// Decode reads one message. Unless Reuse says otherwise the batch is the
// caller's and is not touched by later calls. Its texts are parts of data, which
// must therefore stay as it is for as long as the batch, or any text of it, is
// in use. Memory is taken in a few pieces for the whole batch: to keep one event
// for long, clone it.
func (d *Decoder) Decode(data []byte) (*Batch, error) {
	t := &d.tables
	t.slabs.reuse = d.Reuse
	defer t.release()
	var parts [len(layoutBatch)][]byte
	if err := split(data, layoutBatch, parts[:]); err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	if parts[fieldEnvelope-1] == nil {
		return nil, fmt.Errorf("batch: no envelope")
	}
	env := new(eventpb.Envelope)
	if err := env.UnmarshalVTUnsafe(parts[fieldEnvelope-1]); err != nil {
		return nil, fmt.Errorf("batch: envelope: %w", err)
	}
	if env.Schema != Version {
		return nil, fmt.Errorf("batch: layout version %d, this program knows %d", env.Schema, Version)
	}
	t.env = env
	events, err := t.read(&parts)
	if err != nil {
		return nil, fmt.Errorf("batch: %w", err)
	}
	return &Batch{Envelope: env, Events: events}, nil
}

// text returns bytes as a string without copying them; the caller must not
// change them as long as the string lives.
func text(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b))
}
