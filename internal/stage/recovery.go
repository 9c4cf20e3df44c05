package stage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
)

// missingWait is how long to wait for a message that a replica of the stream does
// not have yet.
const missingWait = 200 * time.Millisecond

// leastBack is how many of a stream's messages LookBack means at least, of all
// partitions together. A time says nothing where the broker's clock was set forth:
// all that was stored before is as old as that.
const leastBack = 16384

// catchUp has the handler remember all messages of its partition up to one, so
// that it makes of the next one what the owner before would have made of it.
func (p *partition) catchUp(ctx context.Context, upTo uint64) error {
	keeper, ok := p.handler.(Keeper)
	if !ok || p.done >= upTo {
		return nil
	}
	began := time.Now()
	stream, err := p.r.conn.JetStream().Stream(ctx, p.r.cfg.Stream)
	if err != nil {
		return fmt.Errorf("catch up to message %d: %w", upTo, err)
	}
	if err := p.load(ctx, keeper); err != nil {
		return err
	}
	from := p.done + 1
	partial := false
	if p.done == 0 {
		var at time.Time
		if from, at, err = p.lookBack(ctx, stream, upTo); err != nil {
			return err
		}
		if partial = !p.fresh && from > 1; partial {
			p.since = at // nobody knows what was read before
		}
	}
	n, err := p.replay(ctx, stream, from, upTo, partial)
	p.r.metrics.replayed.Add(ctx, n, p.r.metrics.base)
	p.r.metrics.took(ctx, p.r.metrics.catchUp, began)
	if err == nil && n > 0 {
		p.logger.DebugContext(ctx, "caught up", slog.Int64("messages", n), slog.Duration("time", time.Since(began)))
	}
	return err
}

// load restores the newest checkpoint where that is further than what is
// remembered: handling messages once more may take as long as it took at first.
func (p *partition) load(ctx context.Context, keeper Keeper) error {
	seq, made, err := p.r.conn.CheckpointSeq(ctx, p.r.cfg.Stage, p.number)
	switch {
	case errors.Is(err, bus.ErrNoCheckpoint):
		return nil
	case err == nil && (!made.Equal(p.created) || seq <= p.done):
		return nil
	}
	saved, err := p.r.conn.Checkpoint(ctx, p.r.cfg.Stage, p.number)
	if err == nil {
		err = p.restore(ctx, keeper, saved.Data)
	}
	if over(ctx) {
		return ctx.Err()
	}
	if err != nil {
		// It is of no use to anybody, and the next one replaces it.
		p.logger.WarnContext(ctx, "checkpoint cannot be used: what came before is handled once more instead",
			slog.Any("error", err))
		return nil
	}
	p.finish(saved.Seq)
	return nil
}

// restore hands a checkpoint to the handler, nil for none.
func (p *partition) restore(ctx context.Context, keeper Keeper, data []byte) (err error) {
	p.finish(0)
	defer func() {
		if v := recover(); v != nil {
			err = p.panicked(ctx, v)
		}
	}()
	return keeper.Restore(data)
}

// replay hands the messages of a range to the handler and counts them. What
// comes of them was published by whoever acknowledged them.
func (p *partition) replay(ctx context.Context, stream jetstream.Stream, from, upTo uint64, partial bool) (n int64, err error) {
	for seq := from; seq <= upTo; n++ {
		raw, err := p.stored(ctx, stream, seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && raw.Sequence > upTo {
			break
		}
		if err != nil {
			return n, fmt.Errorf("catch up: read message %d: %w", seq, err)
		}
		seq = raw.Sequence + 1
		msg, err := bus.ReceiveStored(raw)
		if err != nil {
			continue // it is a dead letter
		}
		// The handler may have handled the first of them before this instance lost
		// the partition: it comes again then.
		_, err = p.handle(ctx, Message{
			Subject: msg.Subject, Partition: p.number, ID: msg.ID, StreamSeq: msg.StreamSeq,
			Delivered: 2, Replayed: true, Partial: partial, Received: time.Now(), Stored: msg.Time, Since: p.since, Data: msg.Data,
		})
		if over(ctx) {
			return n, ctx.Err()
		}
		if err != nil {
			p.logger.DebugContext(ctx, "message failed again", slog.Uint64("seq", msg.StreamSeq), slog.Any("error", err))
		}
		p.finish(msg.StreamSeq)
	}
	p.finish(max(p.done, upTo))
	return n, nil
}

// stored returns the first message of the partition from a sequence number on.
func (p *partition) stored(ctx context.Context, stream jetstream.Stream, seq uint64) (*jetstream.RawStreamMsg, error) {
	deadline := time.Now().Add(missingWait)
	for {
		raw, err := stream.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(p.r.cfg.Filter(p.number)))
		if !errors.Is(err, jetstream.ErrMsgNotFound) || time.Now().After(deadline) || !waitFor(ctx, missingWait/10) {
			return raw, err
		}
	}
}

// lookBack returns where to begin without a checkpoint: at the first message
// that was stored at most LookBack before the last one, or that is one of the last
// leastBack, and when that was. The messages' times rise with their sequence
// numbers, unless the broker's clock was set.
func (p *partition) lookBack(ctx context.Context, stream jetstream.Stream, upTo uint64) (uint64, time.Time, error) {
	last, err := p.stored(ctx, stream, upTo)
	if err != nil {
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return upTo, time.Now(), nil
		}
		return 0, time.Time{}, fmt.Errorf("catch up: read message %d: %w", upTo, err)
	}
	low := stream.CachedInfo().State.FirstSeq
	if upTo-min(low, upTo) <= leastBack {
		first, err := p.stored(ctx, stream, low)
		if err != nil {
			return 0, time.Time{}, fmt.Errorf("catch up: read message %d: %w", low, err)
		}
		return low, first.Time, nil
	}
	near, err := p.stored(ctx, stream, upTo-leastBack)
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("catch up: read message %d: %w", upTo-leastBack, err)
	}
	// Nothing after it is where to begin.
	since, high, at := last.Time.Add(-p.r.cfg.LookBack), upTo-leastBack, near.Time
	for low < high {
		middle := low + (high-low)/2
		m, err := p.stored(ctx, stream, middle)
		if err != nil {
			return 0, time.Time{}, fmt.Errorf("catch up: read message %d: %w", middle, err)
		}
		if m.Time.Before(since) {
			low = m.Sequence + 1
		} else {
			high, at = middle, m.Time
		}
	}
	return low, at, nil
}
