package reload

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/services/detector/bundle"
	"github.com/weirsec/weir/services/detector/problem"
)

const (
	// firstWait bounds how long a start waits for the bundles.
	firstWait = 10 * time.Second
	// retryWatch is how long it takes until a watch that broke is set up again;
	// it doubles each time, up to maxRetry.
	retryWatch = time.Second
	maxRetry   = 30 * time.Second
	// checkTime bounds compiling a bundle and running its tests.
	checkTime = time.Minute
)

// Bundles says where bundles come from and what a good one is.
type Bundles struct {
	Store Store
	// Open verifies and unpacks a bundle.
	Open func(data []byte) (*bundle.Bundle, error)
	// Check loads the files of a bundle on their own and runs their tests. A
	// problem that is an error keeps the whole bundle from being used.
	Check func(ctx context.Context, name string, files fs.FS) []problem.Problem
}

// Store holds bundles in versions; *bus.Conn is one.
type Store interface {
	Bundles(ctx context.Context) ([]bus.StoredBundle, error)
	BundleHistory(ctx context.Context, name string) ([]bus.StoredBundle, error)
	WatchBundles(ctx context.Context, fn func(bus.StoredBundle), ready func()) error
}

func (b *Bundles) validate() error {
	if b != nil && (b.Store == nil || b.Open == nil || b.Check == nil) {
		return errors.New("reload: bundles need a store, a way to open them and a check")
	}
	return nil
}

// bundles are the versions in force and those that were refused. A nil one has
// none.
type bundles struct {
	*Reloader

	mu    sync.Mutex
	known map[string]known
	// broken is why the store cannot be watched.
	broken error
}

// known is a bundle by its name.
type known struct {
	// seen is the revision that was looked at last.
	seen uint64
	// revision and bundle were accepted last; nil where none was.
	revision uint64
	bundle   *bundle.Bundle
	// refused is why the revision that was looked at last is not.
	refused error
}

func newBundles(r *Reloader) *bundles {
	return &bundles{Reloader: r, known: make(map[string]known)}
}

// files returns the accepted bundles for loading, and their revisions.
func (b *bundles) files() (map[string]fs.FS, map[string]uint64) {
	if b == nil {
		return nil, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	files, revisions := make(map[string]fs.FS), make(map[string]uint64)
	for name, k := range b.known {
		if k.bundle != nil {
			files[name], revisions[name] = k.bundle.Files, k.revision
		}
	}
	return files, revisions
}

// first takes the bundles that there are. Where they cannot be had, the watch
// brings them later.
func (b *bundles) first(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, firstWait)
	defer cancel()
	stored, err := b.cfg.Bundles.Store.Bundles(limited)
	b.setBroken(ctx, err)
	for _, s := range stored {
		b.consider(ctx, s)
	}
}

// watch takes bundles as they come, until ctx ends.
func (b *bundles) watch(ctx context.Context) {
	for wait := retryWatch; ctx.Err() == nil; wait = min(2*wait, maxRetry) {
		err := b.cfg.Bundles.Store.WatchBundles(ctx, func(s bus.StoredBundle) {
			if b.consider(ctx, s) {
				b.Trigger("bundle " + s.Name)
			} else {
				b.tell()
			}
		}, func() {
			wait = retryWatch
			b.setBroken(ctx, nil)
			b.tell()
		})
		if ctx.Err() != nil {
			return
		}
		b.setBroken(ctx, err)
		b.tell()
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// setBroken notes whether the store can be watched, and logs the change.
func (b *bundles) setBroken(ctx context.Context, err error) {
	b.mu.Lock()
	was := b.broken
	b.broken = err
	b.mu.Unlock()
	if err != nil && was == nil && ctx.Err() == nil {
		b.log.LogAttrs(ctx, slog.LevelWarn, "bundles are not read, those in force stay; trying again", slog.Any("error", err))
	}
}

// consider looks at a version that is stored and reports whether what is in
// force is different now.
func (b *bundles) consider(ctx context.Context, s bus.StoredBundle) bool {
	b.mu.Lock()
	k := b.known[s.Name]
	b.mu.Unlock()
	if k.seen == s.Revision {
		return false
	}
	if s.Removed {
		b.set(s.Name, known{seen: s.Revision})
		if k.bundle != nil {
			b.log.LogAttrs(ctx, slog.LevelInfo, "bundle removed", slog.String("bundle", s.Name), slog.Uint64("revision", s.Revision))
		}
		return k.bundle != nil
	}
	opened, err := b.judge(ctx, s)
	if ctx.Err() != nil {
		// It was not looked at to the end.
		return false
	}
	if err != nil {
		return b.refuse(ctx, s, k, err)
	}
	b.set(s.Name, known{seen: s.Revision, revision: s.Revision, bundle: opened})
	b.log.LogAttrs(ctx, slog.LevelInfo, "bundle accepted", slog.String("bundle", s.Name), slog.Uint64("revision", s.Revision),
		slog.String("label", opened.Label), slog.String("author", opened.Author), slog.String("key_id", opened.KeyID),
		slog.Bool("signed", opened.Signed))
	return true
}

// refuse leaves what is in force. Where that is nothing, because this process
// has just started, the newest earlier version that is good is taken.
func (b *bundles) refuse(ctx context.Context, s bus.StoredBundle, k known, err error) (changed bool) {
	b.metrics.refuse(ctx, bundle.Reason(err))
	k.seen, k.refused = s.Revision, err
	if k.bundle == nil {
		k.bundle, k.revision = b.earlier(ctx, s)
		changed = k.bundle != nil
	}
	b.set(s.Name, k)
	b.log.LogAttrs(ctx, slog.LevelError, "bundle refused", slog.String("bundle", s.Name), slog.Uint64("revision", s.Revision),
		slog.Uint64("in_force", k.revision), slog.String("reason", bundle.Reason(err)), slog.Any("error", err))
	return changed
}

// earlier returns the newest good version before s, nil for none.
func (b *bundles) earlier(ctx context.Context, s bus.StoredBundle) (*bundle.Bundle, uint64) {
	history, err := b.cfg.Bundles.Store.BundleHistory(ctx, s.Name)
	if err != nil {
		return nil, 0
	}
	for _, past := range slices.Backward(history) {
		switch {
		case past.Revision >= s.Revision:
			continue
		case past.Removed:
			return nil, 0
		}
		if opened, err := b.judge(ctx, past); err == nil {
			return opened, past.Revision
		}
	}
	return nil, 0
}

// judge opens a version and checks all that is in it. A panic, which would be a
// defect of what it calls, is the bundle's trouble and not the detector's.
func (b *bundles) judge(ctx context.Context, s bus.StoredBundle) (opened *bundle.Bundle, err error) {
	defer func() {
		if value := recover(); value != nil {
			opened, err = nil, fmt.Errorf("%w: looking at it panics: %v", bundle.ErrCheck, value)
		}
	}()
	opened, err = b.cfg.Bundles.Open(s.Data)
	if err != nil {
		return nil, err
	}
	if opened.Name != "" && opened.Name != s.Name {
		return nil, fmt.Errorf("%w: it was made to be %q and is stored as %q", bundle.ErrSignature, opened.Name, s.Name)
	}
	limited, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	problems := b.cfg.Bundles.Check(limited, s.Name, opened.Files)
	if n := failures(problems); n > 0 {
		for _, p := range problems {
			fmt.Fprintln(b.cfg.Messages, p)
		}
		return nil, fmt.Errorf("%w: %d of its files or tests are not good, the first: %s", bundle.ErrCheck, n, firstFailure(problems))
	}
	return opened, nil
}

// firstFailure is the first error on one line.
func firstFailure(problems []problem.Problem) string {
	for _, p := range problems {
		if p.Severity == problem.Error {
			line, _, _ := strings.Cut(p.String(), "\n")
			return line
		}
	}
	return ""
}

func (b *bundles) set(name string, k known) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known[name] = k
}
