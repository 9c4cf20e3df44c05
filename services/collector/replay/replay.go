package replay

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/services/collector"
)

// shiftStep keeps start times, which are cut down to 10 ms, as they lay to
// each other.
const shiftStep = 10 * time.Millisecond

// Options say how a recording is played. The zero value plays it as fast as it
// goes, with the times that it has.
type Options struct {
	// OriginalPace waits between batches as long as they lay apart.
	OriginalPace bool
	// Now shifts all times so that the first event happens now.
	Now bool
}

// Replay is the source of a recording.
type Replay struct {
	from *Reader
	opts Options
}

// New returns a source that plays what from has.
func New(from *Reader, opts Options) *Replay { return &Replay{from: from, opts: opts} }

// Run hands over the batches of the recording until it ends or ctx does. A
// broken recording is an error, after what could be read of it.
func (r *Replay) Run(ctx context.Context, to collector.Sink) error {
	begun := time.Now()
	var first, shift int64
	for n := 0; ctx.Err() == nil; n++ {
		b, err := r.from.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		env := b.Envelope
		if n == 0 {
			first = env.MinTime
			if r.opts.Now {
				shift = (begun.UnixNano() - first) / int64(shiftStep) * int64(shiftStep)
			}
		}
		if r.opts.OriginalPace && !wait(ctx, time.Duration(env.MaxTime-first)-time.Since(begun)) {
			return nil
		}
		move(env, shift)
		to.Batch(b)
	}
	return nil
}

// wait sleeps for d; false where ctx ended before.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// move shifts every time of an envelope, and with boot_time those of events.
func move(env *eventpb.Envelope, shift int64) {
	env.BootTime += shift
	env.MinTime += shift
	env.MaxTime += shift
	for _, l := range env.Losses {
		l.FirstTime += shift
		l.LastTime += shift
	}
}
