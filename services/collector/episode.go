package collector

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirsec/weir/services/collector/spool"
)

// calm is how long batches must have gone straight before an outage counts as
// over: a broker that is slow for hours is one of them, not thousands.
const calm = 10 * time.Second

// episode tells of an outage once when it begins and once when it ends, in the
// log and as the collector's health.
type episode struct {
	log     *slog.Logger
	trouble func(string)
	calm    time.Duration
	// active says that there is something to end.
	active atomic.Bool

	mu      sync.Mutex
	open    bool
	since   time.Time
	batches uint64
	events  uint64
	drainAt time.Time
	// The last of each was told already.
	failing, refusing, unreadable, damage string
	lost                                  uint64
}

func newEpisode(cfg Config, log *slog.Logger) *episode {
	e := &episode{log: log, trouble: cfg.Trouble, calm: cfg.calm}
	if e.trouble == nil {
		e.trouble = func(string) {}
	}
	return e
}

// begin says that batches go to disk.
func (e *episode) begin(s *spool.Spool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.start() {
		return
	}
	waiting, _ := s.Waiting()
	e.log.LogAttrs(context.Background(), slog.LevelWarn, "the broker does not take batches in time: they go to disk until it does",
		slog.String("dir", s.Dir()), slog.Int64("waiting", waiting))
	e.trouble("the broker does not take batches in time: they wait in " + s.Dir())
}

// start opens an outage and reports whether it was open already.
func (e *episode) start() (was bool) {
	e.drainAt = time.Time{}
	if e.open {
		return true
	}
	e.open, e.since, e.batches, e.events, e.lost = true, time.Now(), 0, 0, 0
	e.active.Store(true)
	return false
}

// straight says that the broker took a batch that was not on disk.
func (e *episode) straight() {
	if !e.active.Load() {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.drainAt.IsZero() {
		e.drainAt = time.Now()
	}
}

// written counts a batch that went to disk.
func (e *episode) written(events uint32) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.batches++
	e.events += uint64(events)
	if e.failing != "" {
		e.failing = ""
		e.log.LogAttrs(context.Background(), slog.LevelInfo, "batches can be written to disk again")
		e.trouble("the broker does not take batches in time: they wait on disk")
	}
}

// unwritten says that a batch could not be written, and why, once.
func (e *episode) unwritten(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.start()
	if e.failing != "" {
		return
	}
	e.failing = err.Error()
	e.log.LogAttrs(context.Background(), slog.LevelError, "batches cannot be written to disk: they wait in memory, and what has no "+
		"room there is lost, with counts, the least important first", slog.Any("error", err))
	e.trouble(fmt.Sprintf("the broker does not take batches and the disk neither: %v", err))
}

// refused says that the broker refuses for a reason that an operator can mend.
func (e *episode) refused(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.start()
	if e.refusing == err.Error() {
		return
	}
	e.refusing = err.Error()
	e.log.LogAttrs(context.Background(), slog.LevelError, "the broker refuses batches: they wait until it takes them", slog.Any("error", err))
	e.trouble(fmt.Sprintf("the broker refuses batches: %v", err))
}

// unread says that the spool itself cannot be used as it should, once for each
// reason.
func (e *episode) unread(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.unreadable == err.Error() {
		return
	}
	e.unreadable = err.Error()
	e.log.LogAttrs(context.Background(), slog.LevelError, "reading from the spool", slog.Any("error", err))
}

// damaged says that a segment is damaged, once for each.
func (e *episode) damaged(d *spool.DamageError, events uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lost += events
	if e.damage == d.File {
		return
	}
	e.damage = d.File
	e.log.LogAttrs(context.Background(), slog.LevelError, "a part of what waited on disk cannot be read and is lost, with counts",
		slog.Any("error", d), slog.Uint64("events", events))
}

// drained says that nothing is left on disk.
func (e *episode) drained() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.drainAt = time.Now()
}

// look ends the outage where it has been calm long enough.
func (e *episode) look() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.open || e.drainAt.IsZero() || time.Since(e.drainAt) < e.calm {
		return
	}
	e.log.LogAttrs(context.Background(), slog.LevelInfo, "the broker takes batches again, and nothing waits on disk",
		slog.Duration("after", e.drainAt.Sub(e.since).Round(time.Millisecond)), slog.Uint64("batches", e.batches),
		slog.Uint64("events", e.events), slog.Uint64("damaged_events", e.lost))
	e.open, e.failing, e.refusing = false, "", ""
	e.active.Store(false)
	e.trouble("")
}
