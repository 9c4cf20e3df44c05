package reload

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
)

// retryInterest is how long it takes until a broker that did not take the
// interest is asked again.
const retryInterest = time.Second

// Target is what a new set is put in force with.
type Target struct {
	// Swap puts a set in the place of the one at work.
	Swap func(*engine.Set)
	// Interest tells which events the signatures need from now on.
	Interest func(ctx context.Context, wanted interest.Interest) error
}

// Reloader keeps a set of signatures up to date.
type Reloader struct {
	cfg      Config
	log      *slog.Logger
	instance string
	metrics  *metrics
	// wake has a place for one cause; more of them while one waits are one.
	wake    chan string
	bundles *bundles

	// news has a place for one word that something is to be told to others.
	news chan struct{}

	mu    sync.Mutex
	state state
}

// state is what others are told.
type state struct {
	set *engine.Set
	// problems are those of the last load that told of any, failure is why the
	// last one could not be done.
	problems []problem.Problem
	failure  error
	// bundles are the revisions that the set was loaded with.
	bundles map[string]uint64
	// since is when the set came in force, loaded when the last load went well.
	since, loaded time.Time
}

// New returns a Reloader that has loaded nothing yet.
func New(cfg Config, s stage.Settings) (*Reloader, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s = settingsOrDefault(s)
	r := &Reloader{
		cfg: cfg.withDefaults(), log: s.Logger, instance: s.Instance,
		wake: make(chan string, 1), news: make(chan struct{}, 1),
	}
	var err error
	if r.metrics, err = newMetrics(s.Meter, r.now); err != nil {
		return nil, fmt.Errorf("reload: %w", err)
	}
	if cfg.Bundles != nil {
		r.bundles = newBundles(r)
	}
	return r, nil
}

// Close ends the measuring.
func (r *Reloader) Close() error { return r.metrics.close() }

// Start loads for the first time, with the bundles that there are. An error
// means that there is nothing to start with.
func (r *Reloader) Start(ctx context.Context) (*engine.Set, error) {
	if r.bundles != nil {
		r.bundles.first(ctx)
	}
	files, revisions := r.bundles.files()
	set, problems, err := r.cfg.Load(ctx, files)
	r.show(problems)
	if err != nil {
		return nil, err
	}
	r.accept(set, problems, revisions)
	if bad := failures(problems); bad > 0 {
		fmt.Fprintln(r.cfg.Messages, problem.Summary(bad, len(set.Signatures())))
	}
	return set, nil
}

// Trigger says that something may have changed, and what. It never waits.
func (r *Reloader) Trigger(cause string) {
	select {
	case r.wake <- cause:
	default:
	}
}

// Run reloads when it is triggered, until ctx ends. Health is told from now on:
// a process that only loads is not ready yet.
func (r *Reloader) Run(ctx context.Context, to Target) error {
	r.tell()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		r.loop(ctx, to)
		return nil
	})
	if r.bundles != nil {
		group.Go(func() error {
			r.bundles.watch(ctx)
			return nil
		})
	}
	if r.cfg.Members != nil {
		group.Go(func() error {
			r.report(ctx)
			return nil
		})
	}
	return group.Wait()
}

// loop reloads, and tells the interest until the broker has it.
func (r *Reloader) loop(ctx context.Context, to Target) {
	var again <-chan time.Time
	tell := func() {
		again = nil
		if err := to.Interest(ctx, r.now().set.Interest()); err != nil && ctx.Err() == nil {
			r.log.LogAttrs(ctx, slog.LevelWarn, "collectors do not know yet which events are needed", slog.Any("error", err))
			again = time.After(retryInterest)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-again:
			tell()
		case cause := <-r.wake:
			if r.reload(ctx, cause, to.Swap) {
				// After the swap: no event that comes because of it is missed.
				tell()
			}
		}
	}
}

// reload loads again and reports whether another set is in force.
func (r *Reloader) reload(ctx context.Context, cause string, swap func(*engine.Set)) bool {
	began := time.Now()
	files, revisions := r.bundles.files()
	set, problems, err := r.cfg.Load(ctx, files)
	took := time.Since(began)
	if ctx.Err() != nil {
		return false
	}
	defer r.tell()
	r.metrics.duration.Record(ctx, took.Seconds())
	r.show(problems)
	if err != nil {
		r.fail(ctx, cause, err)
		return false
	}
	old := r.now().set
	if set.Version() == old.Version() {
		// The set that is in force goes on, with its counters and quarantines.
		r.accept(old, problems, revisions)
		r.metrics.count(ctx, outcomeUnchanged)
		r.log.LogAttrs(ctx, level(problems), "signatures loaded again, the same ones are in force",
			slog.String("cause", cause), slog.Int("problems", failures(problems)), slog.String("set", old.Version()),
			slog.Duration("took", took))
		return false
	}
	swap(set)
	r.accept(set, problems, revisions)
	r.metrics.count(ctx, outcomeChanged)
	r.log.LogAttrs(ctx, level(problems), "signatures reloaded", append([]slog.Attr{
		slog.String("cause", cause), slog.String("set", set.Version()), slog.Int("signatures", len(set.Signatures())),
		slog.Int("problems", failures(problems)), slog.Duration("took", took),
	}, compare(old, set).attrs()...)...)
	return true
}

// fail says that the last good set stays in force.
func (r *Reloader) fail(ctx context.Context, cause string, err error) {
	r.metrics.count(ctx, outcomeFailed)
	r.mu.Lock()
	r.state.failure = err
	version := r.state.set.Version()
	r.mu.Unlock()
	r.log.LogAttrs(ctx, slog.LevelError, "signatures not reloaded, the last good set stays in force",
		slog.String("cause", cause), slog.String("set", version), slog.Any("error", err))
}

// accept notes a load that went well.
func (r *Reloader) accept(set *engine.Set, problems []problem.Problem, bundles map[string]uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.state.set != set {
		r.state.since = now
	}
	r.state = state{set: set, problems: problems, bundles: bundles, since: r.state.since, loaded: now}
}

// now returns what is in force.
func (r *Reloader) now() state {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}
