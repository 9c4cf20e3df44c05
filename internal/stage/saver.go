package stage

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirsec/weir/internal/bus"
)

const (
	// saveShare bounds the time that making checkpoints may take: one part in
	// that many.
	saveShare = 50
	// saveTimeout bounds storing one.
	saveTimeout = 20 * time.Second
	// tidyAge is how old the leftovers of others must be to be cleared away.
	tidyAge = 5 * time.Minute
)

// saver stores the checkpoints of a partition while this instance owns it. A
// handler is only asked for them; storing does not hold it up.
type saver struct {
	p      *partition
	keeper Keeper

	pending chan bus.Checkpoint
	done    sync.WaitGroup
	// next is when the next one is due, saved the message of the last one.
	next  time.Time
	saved uint64
	// failing is set while checkpoints cannot be stored.
	failing atomic.Bool
}

// startSaver returns nil for a handler that remembers nothing.
func startSaver(ctx context.Context, p *partition) *saver {
	keeper, ok := p.handler.(Keeper)
	if !ok {
		return nil
	}
	s := &saver{
		p: p, keeper: keeper, saved: p.done,
		pending: make(chan bus.Checkpoint, 1), next: time.Now().Add(p.r.cfg.CheckpointEvery),
	}
	s.done.Go(func() {
		if err := p.r.conn.TidyCheckpoint(ctx, p.r.cfg.Stage, p.number, tidyAge); err != nil && !over(ctx) {
			p.logger.DebugContext(ctx, "leftovers of checkpoints not cleared away", slog.Any("error", err))
		}
		for c := range s.pending {
			s.store(ctx, c)
		}
	})
	return s
}

// due makes a checkpoint where it is time for one. It is called between two
// messages.
func (s *saver) due(ctx context.Context) {
	if s == nil || s.saved == s.p.done || !s.p.hurried && time.Now().Before(s.next) {
		return
	}
	began := time.Now()
	if c, ok := s.take(ctx); ok {
		select {
		case s.pending <- c:
			s.saved, s.p.hurried = c.Seq, false
		default: // the last one is still being stored
		}
	}
	s.next = time.Now().Add(max(s.p.r.cfg.CheckpointEvery, saveShare*time.Since(began)))
}

// take asks the handler.
func (s *saver) take(ctx context.Context) (c bus.Checkpoint, ok bool) {
	defer func() {
		if v := recover(); v != nil {
			s.failed(ctx, s.p.panicked(ctx, v))
			ok = false
		}
	}()
	data, err := s.keeper.Checkpoint()
	if err != nil {
		s.failed(ctx, err)
		return bus.Checkpoint{}, false
	}
	return bus.Checkpoint{
		Stage: s.p.r.cfg.Stage, Partition: s.p.number, Seq: s.p.done, Stream: s.p.created, Data: data,
	}, true
}

// finish stores what is left, so that the next owner has nothing to catch up
// with.
func (s *saver) finish(ctx context.Context) {
	if s == nil {
		return
	}
	if s.saved != s.p.done {
		if c, ok := s.take(ctx); ok {
			// An older one that waits is not needed any more.
			select {
			case <-s.pending:
			default:
			}
			s.pending <- c
		}
	}
	close(s.pending)
	s.done.Wait()
}

func (s *saver) store(ctx context.Context, c bus.Checkpoint) {
	ctx, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	err := s.p.r.conn.PutCheckpoint(ctx, c)
	switch {
	case err == nil:
		s.p.r.metrics.checkpoints.Add(ctx, 1, s.p.r.metrics.stored)
		s.p.r.metrics.checkpointBytes.Add(ctx, int64(len(c.Data)), s.p.r.metrics.base)
	case errors.Is(err, bus.ErrOlderCheckpoint):
		s.p.r.metrics.checkpoints.Add(ctx, 1, s.p.r.metrics.superseded)
		return
	default:
		s.failed(ctx, err)
		return
	}
	if s.failing.Swap(false) {
		s.p.logger.InfoContext(ctx, "checkpoints are stored again")
	}
}

// failed counts; people are told once.
func (s *saver) failed(ctx context.Context, err error) {
	s.p.r.metrics.checkpoints.Add(ctx, 1, s.p.r.metrics.unstored)
	if !s.failing.Swap(true) {
		s.p.logger.WarnContext(ctx, "checkpoint not stored: whoever takes the partition over has more to catch up with",
			slog.Any("error", err))
	}
}
