package bus

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// follow calls fn with the present values of the keys that match a filter and
// with each change, removals among them, until ctx ends; ready is called once,
// after the present values.
func (c *Conn) follow(
	ctx context.Context, bucket jetstream.KeyValue, filter string, fn func(jetstream.KeyValueEntry), ready func(),
) error {
	watcher, err := bucket.Watch(ctx, filter)
	if err != nil {
		return ended(ctx, c.bucketError("watch", bucket.Bucket(), err))
	}
	defer func() { _ = watcher.Stop() }()
	for {
		select {
		case <-ctx.Done():
			return nil
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

// ended returns nil in the place of an error where ctx has ended, which is no
// failure.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // whoever ended ctx knows
	}
	return err
}
