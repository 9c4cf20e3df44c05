package recording

import (
	"fmt"
	"io"
	"slices"

	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/frames"
)

// batchEvents is how many events a written batch has at most.
const batchEvents = 256

// Writer writes a recording of batches.
type Writer struct {
	to      *frames.Writer
	encoder batch.Encoder
	buf     []byte
	events  []event.Event
}

// NewWriter returns a Writer that writes to w, which the caller flushes and
// closes.
func NewWriter(w io.Writer) *Writer { return &Writer{to: frames.NewWriter(w, Magic, maxBatch)} }

// Write appends events in their order. A batch is of one node and boot, so
// events of other systems, whose boot ids are made of their records, take over
// that of the first one of their batch.
func (w *Writer) Write(events []event.Event) error {
	if err := w.to.Begin(); err != nil {
		return err
	}
	for len(events) > 0 {
		n := 1
		for n < min(len(events), batchEvents) && together(&events[0], &events[n]) {
			n++
		}
		if err := w.batch(events[:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

// Close writes what makes a recording of nothing a recording.
func (w *Writer) Close() error { return w.Write(nil) }

// together reports whether two events can be in one batch.
func together(a, b *event.Event) bool {
	return a.Context.Node == b.Context.Node && (a.Context.BootID == b.Context.BootID || made(a) && made(b))
}

// made reports whether an event's boot id was made of its record.
func made(e *event.Event) bool { return madeBootID(e.Context.BootID) }

func (w *Writer) batch(events []event.Event) error {
	first := events[0].Context
	w.events = append(w.events[:0], events...)
	for i := range w.events {
		if c := w.events[i].Context; c.BootID != first.BootID {
			own := *c
			own.BootID = first.BootID
			w.events[i].Context = &own
		}
	}
	env := &eventpb.Envelope{Node: first.Node, BootId: first.BootID, FirstSeq: events[0].Seq}
	var err error
	w.buf, err = w.encoder.Encode(w.buf[:0], env, w.events)
	clear(w.events)
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	if size := len(w.buf); size > maxBatch {
		return w.halves(events, size)
	}
	return w.to.Write(w.buf)
}

// halves writes events in two batches that would be too large in one.
func (w *Writer) halves(events []event.Event, size int) error {
	if len(events) == 1 {
		return fmt.Errorf("recording: event %s takes %d bytes: want up to %d", events[0].ID(), size, maxBatch)
	}
	for half := range slices.Chunk(events, (len(events)+1)/2) {
		if err := w.batch(half); err != nil {
			return err
		}
	}
	return nil
}
