package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/run"
)

const (
	// storagePeriod is how often the disk is looked at.
	storagePeriod = 2 * time.Second
	// storageFull is with how little free space writing fails soon, and
	// storageAgain with how much it works again.
	storageFull  = 4 << 20
	storageAgain = 32 << 20
	// storagePatience is longer than the wait between two attempts to publish.
	storagePatience = 15 * time.Second
)

// storage watches the disk under the broker's streams. The broker stops writing
// for good when the disk is full, even when there is space again, and somebody
// has to say so.
type storage struct {
	dir    string
	log    *slog.Logger
	health *run.Health
	// free returns how many bytes may be written, stored how many messages the
	// broker has taken so far.
	free   func() (int64, error)
	stored func(ctx context.Context) (uint64, error)
	period time.Duration
	// patience is how long the broker has to show that it writes again.
	patience time.Duration
}

// freeBytes returns what an ordinary user may still write to a directory.
func freeBytes(dir string) (int64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	return int64(fs.Bavail) * fs.Bsize, nil
}

// watch tells of a full disk until ctx ends. It returns an error where the disk
// has been full, has space again and the broker does not recover: only a new
// start does then.
func (s *storage) watch(ctx context.Context) error {
	ticker := time.NewTicker(s.period)
	defer ticker.Stop()
	full := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		free, err := s.free()
		switch {
		case err != nil:
			s.log.LogAttrs(ctx, slog.LevelWarn, "the disk cannot be looked at", slog.Any("error", err))
		case !full && free < storageFull:
			full = true
			s.health.Set("storage", run.StatusNotReady, "the disk of "+s.dir+" is full")
			s.log.LogAttrs(ctx, slog.LevelError, "the disk is full: events wait in memory and are then lost, "+
				"with counts; free some space", slog.String("data_dir", s.dir))
		case full && free >= storageAgain:
			if err := s.recovered(ctx); err != nil {
				return err
			}
			full = false
		}
	}
}

// recovered finds out whether the broker writes again: something always waits
// to be published after a disk was full, if only the end of a process.
func (s *storage) recovered(ctx context.Context) error {
	before, err := s.stored(ctx)
	deadline := time.Now().Add(s.patience)
	for ctx.Err() == nil {
		now, failed := s.stored(ctx)
		if err == nil && failed == nil && now > before {
			s.health.Set("storage", run.StatusReady, "")
			s.log.LogAttrs(ctx, slog.LevelInfo, "the disk has space again", slog.String("data_dir", s.dir))
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the disk of %s was full and has space again, but the broker's streams stay stopped "+
				"until a new start: start Weir again", s.dir)
		}
		select {
		case <-ctx.Done():
		case <-time.After(s.period):
		}
	}
	return nil
}
