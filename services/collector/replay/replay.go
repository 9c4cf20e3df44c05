package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector"
)

// Batches is what can be played.
type Batches interface {
	// Next returns the next batch, which is the caller's, or io.EOF after the
	// last. After an *UnreadableError the rest can be read; after any other
	// nothing can.
	Next() (*eventpb.RawBatch, error)
}

// UnreadableError is a batch of a recording that is whole and makes no sense.
type UnreadableError struct{ Err error }

// Error says where the batch is and what is wrong with it.
func (e *UnreadableError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *UnreadableError) Unwrap() error { return e.Err }

// Options say how a recording is played. The zero value plays it as fast as it
// goes, with the times that it has.
type Options struct {
	// Speed is how many times as fast as it happened it is played: 1 waits
	// between batches as long as they lay apart. 0 does not wait.
	Speed float64
	// Now shifts all times so that the first event happens now, and gives the
	// boots new ids: nothing takes it for what was recorded.
	Now bool
}

// Replay is the source that plays batches.
type Replay struct {
	from Batches
	opts Options
}

// New returns a source that plays what from has, and says at its end that the
// nodes in it have nothing more to tell.
func New(from Batches, opts Options) *Replay { return &Replay{from: Ending(from), opts: opts} }

// Run hands over the batches until they end or ctx does. What cannot be read of
// a recording is an error, after everything that can.
func (r *Replay) Run(ctx context.Context, to collector.Sink) error {
	p := player{opts: r.opts, begun: time.Now()}
	var broken error
	more := 0
	for ctx.Err() == nil {
		b, err := r.from.Next()
		var unreadable *UnreadableError
		switch {
		case errors.Is(err, io.EOF):
			return told(broken, more)
		case errors.As(err, &unreadable):
			if broken != nil {
				more++
				continue
			}
			broken = err
			continue
		case err != nil && ctx.Err() != nil:
			return nil //nolint:nilerr // reading was interrupted by the end that was asked for
		case err != nil:
			return errors.Join(told(broken, more), err)
		}
		if err := p.play(ctx, b, to); err != nil {
			return err
		}
	}
	return nil
}

// told is the first error, with how many there were besides.
func told(first error, more int) error {
	if more == 0 {
		return first
	}
	return fmt.Errorf("%w; besides, %d more batches cannot be read", first, more)
}

// player plays one batch after another.
type player struct {
	opts  Options
	begun time.Time
	// first is the time of the first event, 0 before it.
	first int64
	shift shifter
}

func (p *player) play(ctx context.Context, b *eventpb.RawBatch, to collector.Sink) error {
	env := b.Envelope
	if p.first == 0 && env.MinTime != 0 {
		p.first = env.MinTime
		if p.opts.Now {
			p.shift.set(p.begun, p.first)
		}
	}
	// Nobody needs to wait for a batch to learn that there is nothing in it.
	if p.opts.Speed > 0 && env.MaxTime != 0 && !record.Silent(env) && !p.wait(ctx, env.MaxTime) {
		return nil
	}
	if p.opts.Now {
		if err := p.shift.batch(b); err != nil {
			return err
		}
	}
	to.Batch(b)
	return nil
}

// wait sleeps until an event of that time is due; false where ctx ended before.
func (p *player) wait(ctx context.Context, at int64) bool {
	// As floating-point numbers, so that times far apart do not overflow.
	due := (float64(at) - float64(p.first)) / p.opts.Speed
	d := time.Duration(min(due, float64(longest))) - time.Since(p.begun)
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

// longest is more than anybody waits for a batch.
const longest = 10 * 365 * 24 * time.Hour
