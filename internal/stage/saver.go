package stage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/ledger"
)

const (
	// saveShare bounds the time that making checkpoints may take: one part in
	// that many.
	saveShare = 50
	// saveTimeout bounds storing one, saveAttempt an attempt: a server that dies
	// takes requests with it, which nobody answers then.
	saveTimeout = 20 * time.Second
	saveAttempt = 4 * time.Second
	// finishWait bounds storing what is left at the end: a broker whose disk is full
	// would hold up each of the stages that stop one after another.
	finishWait = 2 * time.Second
	// tidyAge is how old the leftovers of others must be to be cleared away.
	tidyAge = 5 * time.Minute
)

// saver stores what the handler of a partition remembers and tells its accounts,
// while this instance owns the partition. A handler is only asked for them;
// storing does not hold it up.
type saver struct {
	p          *partition
	keeper     Keeper
	accountant Accountant

	pending chan save
	// cancel ends storing, done waits for that.
	cancel context.CancelFunc
	done   sync.WaitGroup
	// next is when the next one is due, saved the message of the last one; 0 before
	// it: whoever died may not have told what it had handled.
	next  time.Time
	saved uint64
	// failing is set while something cannot be stored, unsaved where the last
	// attempt failed, so that there is another one though nothing new came.
	failing, unsaved atomic.Bool
}

// save is what is stored at once; either may be nil.
type save struct {
	seq        uint64
	checkpoint *bus.Checkpoint
	report     *ledger.Report
}

// startSaver returns nil for a handler that has nothing to store.
func startSaver(ctx context.Context, p *partition) *saver {
	keeper, keeps := p.handler.(Keeper)
	accountant, accounts := p.handler.(Accountant)
	if !keeps && !accounts {
		return nil
	}
	s := &saver{
		p: p, keeper: keeper, accountant: accountant,
		pending: make(chan save, 1), next: time.Now().Add(p.r.cfg.CheckpointEvery),
	}
	ctx, s.cancel = context.WithCancel(ctx)
	s.done.Go(func() {
		if keeps {
			s.tidy(ctx)
		}
		for one := range s.pending {
			s.store(ctx, one)
		}
	})
	return s
}

func (s *saver) tidy(ctx context.Context) {
	if err := s.p.r.conn.TidyCheckpoint(ctx, s.p.r.cfg.Stage, s.p.number, tidyAge); err != nil && !over(ctx) {
		s.p.logger.DebugContext(ctx, "leftovers of checkpoints not cleared away", slog.Any("error", err))
	}
}

// due has things stored where it is time for one. It is called between two
// messages.
func (s *saver) due(ctx context.Context) {
	if s == nil || s.saved == s.p.done && !s.unsaved.Load() || !s.p.hurried && time.Now().Before(s.next) {
		return
	}
	began := time.Now()
	if one, ok := s.take(ctx); ok {
		select {
		case s.pending <- one:
			s.saved, s.p.hurried = one.seq, false
		default: // the last one is still being stored
		}
	}
	s.next = time.Now().Add(max(s.p.r.cfg.CheckpointEvery, saveShare*time.Since(began)))
}

// take asks the handler, unless that knows of a message which is not finished:
// whoever began with that would count it twice.
func (s *saver) take(ctx context.Context) (one save, ok bool) {
	if s.p.ahead {
		return save{}, false
	}
	defer func() {
		if v := recover(); v != nil {
			s.failed(ctx, s.p.panicked(ctx, v))
			ok = false
		}
	}()
	cfg := &s.p.r.cfg
	one.seq = s.p.done
	if s.keeper != nil {
		data, err := s.keeper.Checkpoint()
		if err != nil {
			s.failed(ctx, err)
			return save{}, false
		}
		one.checkpoint = &bus.Checkpoint{
			Stage: cfg.Stage, Partition: s.p.number, Seq: one.seq, Stream: s.p.created, Data: data,
		}
	}
	if s.accountant != nil {
		accounts, forgotten := s.accountant.Accounts()
		one.report = &ledger.Report{
			Stage: cfg.Stage, Partition: s.p.number, Seq: one.seq, Stream: s.p.created.UnixNano(),
			Time: time.Now().UnixNano(), Accounts: accounts, Forgotten: forgotten,
		}
		if teller, ok := s.accountant.(RunTeller); ok {
			one.report.Runs, one.report.Since = teller.Runs()
		}
	}
	return one, true
}

// finish stores what is left, so that the next owner has nothing to catch up
// with.
func (s *saver) finish(ctx context.Context) {
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, finishWait)
	defer cancel()
	defer s.cancel()
	defer context.AfterFunc(ctx, s.cancel)()
	if s.saved != s.p.done {
		if one, ok := s.take(ctx); ok {
			// An older one that waits is not needed any more.
			select {
			case <-s.pending:
			default:
			}
			s.pending <- one
		}
	}
	close(s.pending)
	s.done.Wait()
	if !s.unsaved.Load() || over(ctx) {
		return
	}
	if one, ok := s.take(ctx); ok {
		s.store(ctx, one)
	}
}

func (s *saver) store(ctx context.Context, one save) {
	limited, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	err := s.attempt(limited, one)
	for errors.Is(err, context.DeadlineExceeded) && !over(limited) {
		err = s.attempt(limited, one)
	}
	s.unsaved.Store(err != nil)
	switch {
	case err != nil:
		s.failed(ctx, err)
	case s.failing.Swap(false):
		s.p.logger.InfoContext(ctx, "checkpoints are stored again")
	}
}

func (s *saver) attempt(ctx context.Context, one save) (err error) {
	ctx, cancel := context.WithTimeout(ctx, saveAttempt)
	defer cancel()
	if one.report != nil {
		err = s.tell(ctx, one.report)
	}
	if one.checkpoint != nil {
		err = errors.Join(err, s.storeCheckpoint(ctx, *one.checkpoint))
	}
	return err
}

// maxReport is what the broker takes as one message, with some room.
const maxReport = 900 << 10

// encodeReport encodes a report of at most so many bytes, if it can without runs:
// of none it is known then how far it was read.
func encodeReport(r *ledger.Report, most int) ([]byte, error) {
	value, err := r.Encode()
	if err == nil && len(value) > most {
		r.Runs, r.Since = nil, math.MaxInt64
		value, err = r.Encode()
	}
	return value, err
}

func (s *saver) tell(ctx context.Context, r *ledger.Report) error {
	value, err := encodeReport(r, maxReport)
	if err != nil {
		return fmt.Errorf("tell accounts: %w", err)
	}
	return s.p.r.conn.PutReport(ctx, r.Stage, r.Partition, value, func(before []byte) bool {
		old, err := ledger.ParseReport(before)
		return err != nil || r.Supersedes(old) // what cannot be read is worth nothing
	})
}

func (s *saver) storeCheckpoint(ctx context.Context, c bus.Checkpoint) error {
	err := s.p.r.conn.PutCheckpoint(ctx, c)
	switch {
	case err == nil:
		s.p.r.metrics.checkpoints.Add(ctx, 1, s.p.r.metrics.stored)
		s.p.r.metrics.checkpointBytes.Add(ctx, int64(len(c.Data)), s.p.r.metrics.base)
	case errors.Is(err, bus.ErrOlderCheckpoint):
		s.p.r.metrics.checkpoints.Add(ctx, 1, s.p.r.metrics.superseded)
		return nil
	}
	return err
}

// failed counts; people are told once.
func (s *saver) failed(ctx context.Context, err error) {
	s.p.r.metrics.checkpoints.Add(ctx, 1, s.p.r.metrics.unstored)
	if !s.failing.Swap(true) {
		s.p.logger.WarnContext(ctx, "checkpoint or accounts not stored: whoever takes the partition over has more to catch up with",
			slog.Any("error", err))
	}
}
