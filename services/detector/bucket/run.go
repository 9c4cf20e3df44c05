package bucket

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/weirsec/weir/internal/bus"
)

// again is how long a watch that failed waits for the next attempt.
const again = time.Second

// Store is where buckets are: a *bus.Conn.
type Store interface {
	EnsureBucket(ctx context.Context, bucket string) (created bool, err error)
	WatchBucket(ctx context.Context, bucket string, w bus.BucketWatch) error
}

// Run keeps the copy of the bucket until ctx ends. A bucket that is missing is
// made, so that it can be filled later. It returns an error only where the bucket
// cannot be had at all; what fails later is logged and tried again.
func (s *Source) Run(ctx context.Context, store Store) error {
	created, err := store.EnsureBucket(ctx, s.spec.Bucket)
	switch {
	case ctx.Err() != nil:
		return nil //nolint:nilerr // whoever ended ctx knows
	case err != nil:
		return fmt.Errorf("data source %s: %w", s.spec, err)
	case created:
		s.log.Info("bucket of the data source was made: it is empty")
	}
	for {
		err := store.WatchBucket(ctx, s.spec.Bucket, bus.BucketWatch{Begin: s.begin, Ready: s.end, Entry: s.change})
		if ctx.Err() != nil {
			return nil //nolint:nilerr // whoever ended ctx knows
		}
		s.count.failures.Add(1)
		s.log.Warn("data source cannot be watched; what it knows stays in force", slog.Any("error", err))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(again):
		}
		if _, err := store.EnsureBucket(ctx, s.spec.Bucket); err != nil && !errors.Is(err, context.Canceled) {
			s.log.Debug("bucket of the data source is not there", slog.Any("error", err))
		}
	}
}

// Wait returns when the bucket has been read for the first time, or with an
// error when ctx ends before.
func (s *Source) Wait(ctx context.Context) error {
	select {
	case <-s.ready:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("data source %s: bucket %s could not be read in time: %w", s.spec, s.spec.Bucket, ctx.Err())
	}
}
