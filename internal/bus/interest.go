package bus

import (
	"context"
	"log/slog"
	"maps"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/schemas/interest"
)

// PutInterest says which events an instance's signatures need; it replaces
// what the instance said before. With no events the instance needs none.
func (c *Conn) PutInterest(ctx context.Context, instance string, wanted interest.Interest) error {
	value, err := wanted.Encode()
	if err != nil {
		return err
	}
	err = c.onBucket(ctx, BucketInterest, func(ctx context.Context, bucket jetstream.KeyValue) error {
		_, err := bucket.Put(ctx, interestKey(instance), value)
		return err
	})
	if err != nil {
		return bucketError("write interest of "+instance, BucketInterest, err)
	}
	return nil
}

// DropInterest forgets an instance that is gone for good.
func (c *Conn) DropInterest(ctx context.Context, instance string) error {
	err := c.onBucket(ctx, BucketInterest, func(ctx context.Context, bucket jetstream.KeyValue) error {
		return bucket.Purge(ctx, interestKey(instance))
	})
	if err != nil {
		return bucketError("drop interest of "+instance, BucketInterest, err)
	}
	return nil
}

// WatchInterest calls fn with what any instance needs: at once, and again
// whenever it changes. Where no instance has ever said what it needs, which is not
// to need nothing, fn is called when the first one does. It returns nil when ctx
// ends. A value that is not
// understood is logged and counted, and what its instance said before stays in
// force.
func (c *Conn) WatchInterest(ctx context.Context, fn func(wanted interest.Interest)) error {
	var u union
	tell := func() {
		if wanted, changed := u.current(); changed {
			fn(wanted)
		}
	}
	return c.follow(ctx, BucketInterest, jetstream.AllKeys, func(entry jetstream.KeyValueEntry) {
		c.applyInterest(ctx, &u, entry)
		tell()
	}, func() {
		u.ready = true
		tell()
	})
}

func (c *Conn) applyInterest(ctx context.Context, u *union, entry jetstream.KeyValueEntry) {
	u.spoken = true
	if entry.Operation() != jetstream.KeyValuePut {
		delete(u.instances, entry.Key())
		return
	}
	wanted, err := interest.Parse(entry.Value())
	if err != nil {
		c.metrics.skipped.Add(ctx, 1, reason("interest"))
		c.logger.WarnContext(ctx, "interest not understood", slog.String("key", entry.Key()), slog.Any("error", err))
		return
	}
	if u.instances == nil {
		u.instances = map[string]interest.Interest{}
	}
	u.instances[entry.Key()] = wanted
}

// union adds up what the instances need.
type union struct {
	instances map[string]interest.Interest
	// ready is set once all values that existed at the start were seen, spoken
	// where there was any.
	ready, spoken, told bool
	last                interest.Interest
}

// current returns the union and whether it is news.
func (u *union) current() (interest.Interest, bool) {
	if !u.ready || !u.spoken {
		return interest.Interest{}, false
	}
	all := interest.Interest{}.Union(slices.Collect(maps.Values(u.instances))...)
	if u.told && all.Equal(u.last) {
		return interest.Interest{}, false
	}
	u.told, u.last = true, all
	return all, true
}
