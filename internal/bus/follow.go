package bus

import (
	"context"
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
	ctx context.Context, bucket jetstream.KeyValue, filter string, fn func(jetstream.KeyValueEntry), ready func(),
) error {
	return c.followFrom(ctx, bucket, filter, func() {}, fn, ready)
}

// followFrom is follow with begin, which is called before the present values,
// each time that they are told.
func (c *Conn) followFrom(
	ctx context.Context, bucket jetstream.KeyValue, filter string, begin func(), fn func(jetstream.KeyValueEntry), ready func(),
) error {
	connected := c.nc.StatusChanged(nats.CONNECTED)
	defer c.nc.RemoveStatusListener(connected)
	watcher, err := bucket.Watch(ctx, filter)
	if err != nil {
		return ended(ctx, c.bucketError("watch", bucket.Bucket(), err))
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
				return fmt.Errorf("watch of bucket %s ended", bucket.Bucket())
			case entry == nil:
				ready()
			default:
				fn(entry)
			}
		}
	}
}

// followAgain watches anew, as soon as the broker lets it; nil where ctx ends.
func (c *Conn) followAgain(ctx context.Context, bucket jetstream.KeyValue, filter string) jetstream.KeyWatcher {
	for attempt := 0; ; attempt++ {
		watcher, err := bucket.Watch(ctx, filter)
		if err == nil {
			return watcher
		}
		c.logger.DebugContext(ctx, "bucket cannot be watched yet", slog.String("bucket", bucket.Bucket()), slog.Any("error", err))
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
