package collector

import (
	"context"
	"time"

	"github.com/weirsec/weir/schemas/eventpb"
)

// Source is where records come from.
type Source interface {
	// Run hands records to the sink until ctx ends or there are no more, and
	// then returns nil. What it had before ctx ended it still hands over.
	Run(ctx context.Context, to Sink) error
}

// Sink takes what a Source has. It belongs to the goroutine that calls Run.
type Sink interface {
	// Record takes a copy of one record. It may block while the queue is full.
	Record(rec []byte)
	// Batch takes a batch made elsewhere as it is: node, numbers and all; losses
	// without a Stage are counted as the collector's. It blocks while the queue
	// is full.
	Batch(b *eventpb.RawBatch)
	// Lost reports events that never became records; Stage is filled in.
	Lost(l *eventpb.Loss)
	// Idle says that there is nothing to read. It sends what is due and returns
	// how long the rest may wait, or 0 where nothing waits.
	Idle() time.Duration
}

// Chain returns a Source that runs one after another: what was there at start,
// then what happens. An error ends it.
func Chain(sources ...Source) Source { return chain(sources) }

type chain []Source

func (c chain) Run(ctx context.Context, to Sink) error {
	for _, s := range c {
		if err := s.Run(ctx, to); err != nil {
			return err
		}
	}
	return nil
}

// Wake wakes those of them that can be.
func (c chain) Wake() {
	for _, s := range c {
		if w, ok := s.(Waker); ok {
			w.Wake()
		}
	}
}
