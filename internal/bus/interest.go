package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// PutInterest says which events an instance's signatures need; it replaces
// what the instance said before. With no events the instance needs none.
func (c *Conn) PutInterest(ctx context.Context, instance string, events []string) error {
	events = slices.Compact(slices.Sorted(slices.Values(events)))
	if events == nil {
		events = []string{}
	}
	value, err := json.Marshal(events)
	if err != nil {
		return fmt.Errorf("encode interest: %w", err)
	}
	bucket, err := c.js.KeyValue(ctx, BucketInterest)
	if err != nil {
		return fmt.Errorf("open bucket %s: %w", BucketInterest, err)
	}
	if _, err := bucket.Put(ctx, interestKey(instance), value); err != nil {
		return fmt.Errorf("write interest of %s: %w", instance, err)
	}
	return nil
}

// DropInterest forgets an instance that is gone for good.
func (c *Conn) DropInterest(ctx context.Context, instance string) error {
	bucket, err := c.js.KeyValue(ctx, BucketInterest)
	if err != nil {
		return fmt.Errorf("open bucket %s: %w", BucketInterest, err)
	}
	if err := bucket.Purge(ctx, interestKey(instance)); err != nil {
		return fmt.Errorf("drop interest of %s: %w", instance, err)
	}
	return nil
}

// WatchInterest calls fn with the events that any instance needs, sorted and
// each once: at once, and again whenever they change. It returns nil when ctx
// ends. A value that is not understood is logged, and what its instance said
// before stays in force.
func (c *Conn) WatchInterest(ctx context.Context, fn func(events []string)) error {
	bucket, err := c.js.KeyValue(ctx, BucketInterest)
	if err != nil {
		// The end may come while the watch is being set up, which is no failure.
		return ended(ctx, fmt.Errorf("open bucket %s: %w", BucketInterest, err))
	}
	var u union
	tell := func() {
		if events, changed := u.current(); changed {
			fn(events)
		}
	}
	return c.follow(ctx, bucket, jetstream.AllKeys, func(entry jetstream.KeyValueEntry) {
		c.applyInterest(ctx, &u, entry)
		tell()
	}, func() {
		u.ready = true
		tell()
	})
}

func (c *Conn) applyInterest(ctx context.Context, u *union, entry jetstream.KeyValueEntry) {
	if entry.Operation() != jetstream.KeyValuePut {
		delete(u.instances, entry.Key())
		return
	}
	var events []string
	if err := json.Unmarshal(entry.Value(), &events); err != nil {
		c.metrics.skipped.Add(ctx, 1, reason("interest"))
		c.logger.WarnContext(ctx, "interest not understood", slog.String("key", entry.Key()), slog.Any("error", err))
		return
	}
	if u.instances == nil {
		u.instances = map[string][]string{}
	}
	u.instances[entry.Key()] = events
}

// union adds up what the instances need.
type union struct {
	instances map[string][]string
	// ready is set once all values that existed at the start were seen.
	ready, told bool
	last        []string
}

// current returns the union and whether it is news.
func (u *union) current() ([]string, bool) {
	if !u.ready {
		return nil, false
	}
	set := map[string]struct{}{}
	for _, events := range u.instances {
		for _, name := range events {
			set[name] = struct{}{}
		}
	}
	events := slices.Sorted(maps.Keys(set))
	if u.told && slices.Equal(events, u.last) {
		return nil, false
	}
	u.told, u.last = true, events
	return slices.Clone(events), true
}
