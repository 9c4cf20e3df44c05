package bus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// bundlePrefix begins the keys of bundles.
	bundlePrefix = "bundle."
	// kvOverhead is what a message needs besides its value, at most.
	kvOverhead = 4 << 10
)

// ErrNoBundle says that there is no bundle by a name.
var ErrNoBundle = errors.New("no such bundle")

// StoredBundle is one version of a bundle of signatures. The last four versions
// of each are kept.
type StoredBundle struct {
	Name string
	// Revision is higher than that of every earlier change of any bundle.
	Revision uint64
	Time     time.Time
	// Data is the bundle, nil where this version says that it was removed.
	Data    []byte
	Removed bool
}

// MaxBundle returns how large a bundle may be, in bytes.
func (c *Conn) MaxBundle() int64 { return max(0, c.nc.MaxPayload()-kvOverhead) }

// PutBundle stores a bundle, all of it or nothing, and returns its revision. The
// name must be a key: letters, digits, dashes and underscores. The error wraps
// ErrTooLarge or ErrFull where that is the reason.
func (c *Conn) PutBundle(ctx context.Context, name string, data []byte) (uint64, error) {
	if limit := c.MaxBundle(); int64(len(data)) > limit {
		return 0, fmt.Errorf("store bundle %s: %w: it has %d bytes packed, the broker takes %d: divide it into several, "+
			"or raise the broker's max_payload", name, ErrTooLarge, len(data), limit)
	}
	var revision uint64
	err := c.onBucket(ctx, BucketSignatures, func(ctx context.Context, bucket jetstream.KeyValue) (err error) {
		revision, err = bucket.Put(ctx, bundlePrefix+name, data)
		return err
	})
	if err != nil {
		return 0, bucketError("store bundle "+name, BucketSignatures, err)
	}
	return revision, nil
}

// RemoveBundle removes a bundle from all detectors; its earlier versions stay
// in the history. The error wraps ErrNoBundle where there is none.
func (c *Conn) RemoveBundle(ctx context.Context, name string) error {
	err := c.onBucket(ctx, BucketSignatures, func(ctx context.Context, bucket jetstream.KeyValue) error {
		if _, err := bucket.Get(ctx, bundlePrefix+name); err != nil {
			return err
		}
		return bucket.Delete(ctx, bundlePrefix+name)
	})
	if err != nil {
		return bucketError("remove bundle "+name, BucketSignatures, err)
	}
	return nil
}

// Bundles returns the present version of each bundle, sorted by name.
func (c *Conn) Bundles(ctx context.Context) ([]StoredBundle, error) {
	present, err := c.presentBundles(ctx)
	if err != nil {
		return nil, err
	}
	var list []StoredBundle
	for _, name := range slices.Sorted(maps.Keys(present)) {
		if b := present[name]; !b.Removed {
			list = append(list, b)
		}
	}
	return list, nil
}

// presentBundles returns the present versions, removals among them, by name.
func (c *Conn) presentBundles(ctx context.Context) (map[string]StoredBundle, error) {
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	present := map[string]StoredBundle{}
	err := c.WatchBundles(limited, func(b StoredBundle) { present[b.Name] = b }, cancel)
	if err == nil {
		// What was cut short by the caller is not all there is.
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("read the bundles: %w", err)
	}
	return present, nil
}

// BundleNames returns the names of all bundles of which a version is kept,
// sorted; those that were removed are among them.
func (c *Conn) BundleNames(ctx context.Context) ([]string, error) {
	present, err := c.presentBundles(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(present)), nil
}

// BundleHistory returns the versions of a bundle that are kept, the oldest
// first, removals among them; none where it was never there.
func (c *Conn) BundleHistory(ctx context.Context, name string) ([]StoredBundle, error) {
	var entries []jetstream.KeyValueEntry
	err := c.onBucket(ctx, BucketSignatures, func(ctx context.Context, bucket jetstream.KeyValue) (err error) {
		entries, err = bucket.History(ctx, bundlePrefix+name)
		return err
	})
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, bucketError("read the history of bundle "+name, BucketSignatures, err)
	}
	var versions []StoredBundle
	for _, entry := range entries {
		versions = append(versions, storedBundle(entry))
	}
	return versions, nil
}

// WatchBundles calls fn with the present version of each bundle, then ready, and
// fn again with each change. It returns nil when ctx ends.
func (c *Conn) WatchBundles(ctx context.Context, fn func(StoredBundle), ready func()) error {
	return c.follow(ctx, BucketSignatures, bundlePrefix+"*", func(entry jetstream.KeyValueEntry) { fn(storedBundle(entry)) }, ready)
}

func storedBundle(entry jetstream.KeyValueEntry) StoredBundle {
	b := StoredBundle{
		Name:     strings.TrimPrefix(entry.Key(), bundlePrefix),
		Revision: entry.Revision(), Time: entry.Created(),
	}
	if entry.Operation() != jetstream.KeyValuePut {
		b.Removed = true
		return b
	}
	b.Data = entry.Value()
	return b
}
