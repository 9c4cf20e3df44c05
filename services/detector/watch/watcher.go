package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Config says what is watched and how patiently. Zero values are good for all
// but Dirs.
type Config struct {
	// Dirs are watched with everything below them, but for directories whose
	// names begin with a dot. One that is missing is waited for.
	Dirs []string
	// Quiet is how long nothing may happen before a change is told, so that
	// what belongs together is told once; 0 means 200 ms.
	Quiet time.Duration
	// Most bounds the waiting for Quiet; 0 means 2 s.
	Most time.Duration
	// Look is how often the files are looked at without being told; 0 means
	// 30 s, and 2 s where the kernel cannot watch.
	Look time.Duration
	// Logger is told where watching is not possible; nil means nobody is.
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.Quiet <= 0 {
		c.Quiet = 200 * time.Millisecond
	}
	if c.Most <= 0 {
		c.Most = 2 * time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// The times between two looks.
const (
	lookWatched   = 30 * time.Second
	lookUnwatched = 2 * time.Second
)

// Watcher watches directories. It is used by one goroutine.
type Watcher struct {
	cfg   Config
	roots []string
	// kernel is nil where the kernel cannot watch.
	kernel *fsnotify.Watcher
	// watched are the directories that the kernel watches.
	watched map[string]bool
	seen    fingerprint
}

// New begins to watch: what changes from now on will be told by Run.
func New(cfg Config) (*Watcher, error) {
	w := &Watcher{cfg: cfg.withDefaults(), watched: make(map[string]bool)}
	for _, dir := range cfg.Dirs {
		root, err := filepath.Abs(dir)
		if err != nil {
			return nil, fmt.Errorf("watch %s: %w", dir, err)
		}
		w.roots = append(w.roots, root)
	}
	var err error
	if w.kernel, err = fsnotify.NewWatcher(); err != nil {
		w.unwatchable(err)
	}
	w.extend()
	w.seen = look(w.roots)
	return w, nil
}

// Close frees a Watcher whose Run was never called.
func (w *Watcher) Close() error {
	if w.kernel == nil {
		return nil
	}
	return w.kernel.Close()
}

// Run calls changed after files have changed, until ctx ends.
func (w *Watcher) Run(ctx context.Context, changed func()) error {
	defer func() { _ = w.Close() }()
	looks := time.NewTicker(w.interval())
	defer looks.Stop()
	var pending pause
	for {
		events, errs := w.channels()
		select {
		case <-ctx.Done():
			return nil
		case e := <-events:
			if w.matters(e) {
				pending.extend(time.Now(), w.cfg.Quiet, w.cfg.Most)
			}
		case err := <-errs:
			// Events were lost, so anything may have changed.
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				w.unwatchable(err)
				looks.Reset(w.interval())
			}
			pending.extend(time.Now(), w.cfg.Quiet, w.cfg.Most)
		case <-looks.C:
			if !look(w.roots).equal(w.seen) {
				pending.extend(time.Now(), w.cfg.Quiet, w.cfg.Most)
			}
		case <-pending.over():
			pending = pause{}
			// New directories are watched before they are read: what comes into
			// them later is told.
			w.extend()
			looks.Reset(w.interval())
			w.seen = look(w.roots)
			changed()
		}
	}
}

// channels returns what the kernel tells; nil channels, which never do, where
// it does not.
func (w *Watcher) channels() (<-chan fsnotify.Event, <-chan error) {
	if w.kernel == nil {
		return nil, nil
	}
	return w.kernel.Events, w.kernel.Errors
}

// unwatchable says that only looking is left.
func (w *Watcher) unwatchable(err error) {
	w.cfg.Logger.LogAttrs(context.Background(), slog.LevelWarn,
		"the kernel does not watch the signature directories; they are looked at every 2 s instead",
		slog.Any("error", err))
	_ = w.Close()
	w.kernel = nil
}

// interval is the time between two looks.
func (w *Watcher) interval() time.Duration {
	switch {
	case w.cfg.Look > 0:
		return w.cfg.Look
	case w.kernel == nil:
		return lookUnwatched
	default:
		return lookWatched
	}
}
