package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// follow calls fn with the present values of the keys that match a filter and
// with each change, removals among them, until ctx ends; ready is called after
// the present values. After an interruption the present values are told again:
// a broker that was restarted has forgotten who follows, and the client notices
// that late.
func (c *Conn) follow(
	ctx context.Context, bucket, filter string, fn func(jetstream.KeyValueEntry), ready func(),
) error {
	return c.followFrom(ctx, bucket, filter, func() {}, fn, ready)
}

// followFrom is follow with begin, which is called before the present values,
// each time that they are told.
func (c *Conn) followFrom(
	ctx context.Context, bucket, filter string, begin func(), fn func(jetstream.KeyValueEntry), ready func(),
) error {
	connected := c.nc.StatusChanged(nats.CONNECTED)
	defer c.nc.RemoveStatusListener(connected)
	watcher, err := c.watch(ctx, bucket, filter)
	for attempt := 0; Away(err) && sleep(ctx, backoff(attempt)); attempt++ {
		watcher, err = c.watch(ctx, bucket, filter)
	}
	if err != nil {
		// The end may come while the watch is being set up, which is no failure.
		return ended(ctx, bucketError("watch", bucket, err))
	}
	defer func() { _ = watcher.Stop() }()
	begin()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-connected:
			next := c.followAgain(ctx, bucket, filter)
			if next == nil {
				return nil
			}
			_ = watcher.Stop()
			watcher = next
			begin()
		case entry, ok := <-watcher.Updates():
			switch {
			case !ok && ctx.Err() != nil:
				return nil
			case !ok:
				return fmt.Errorf("watch of bucket %s ended", bucket)
			case entry == nil:
				ready()
			default:
				fn(entry)
			}
		}
	}
}

// watch begins to watch a bucket, until ctx ends or the watcher is stopped. The
// client asks for the bucket with a context, and waits for it without.
func (c *Conn) watch(ctx context.Context, bucket, filter string) (jetstream.KeyWatcher, error) {
	var watcher jetstream.KeyWatcher
	err := c.onBucket(ctx, bucket, func(asking context.Context, kv jetstream.KeyValue) error {
		watching, cancel := context.WithCancelCause(ctx)
		stop := context.AfterFunc(asking, func() { cancel(context.Cause(asking)) })
		var err error
		if watcher, err = kv.Watch(watching, filter); err != nil {
			cancel(nil)
			return err
		}
		if !stop() {
			return errors.Join(context.Cause(asking), watcher.Stop())
		}
		watcher = &endedWatcher{watcher, cancel}
		return nil
	})
	return watcher, err
}

// endedWatcher gives back its context when it is stopped.
type endedWatcher struct {
	jetstream.KeyWatcher
	cancel context.CancelCauseFunc
}

// Stop stops the watching.
func (w *endedWatcher) Stop() error {
	defer w.cancel(nil)
	return w.KeyWatcher.Stop()
}

// followAgain watches anew, as soon as the broker lets it; nil where ctx ends.
func (c *Conn) followAgain(ctx context.Context, bucket, filter string) jetstream.KeyWatcher {
	for attempt := 0; ; attempt++ {
		watcher, err := c.watch(ctx, bucket, filter)
		if err == nil {
			return watcher
		}
		c.logger.DebugContext(ctx, "bucket cannot be watched yet", slog.String("bucket", bucket), slog.Any("error", err))
		if !sleep(ctx, backoff(attempt)) {
			return nil
		}
	}
}

// ended returns nil in the place of an error where ctx has ended, which is no
// failure.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // whoever ended ctx knows
	}
	return err
}
