package bus

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

var (
	// ErrNoKey says that a bucket has no such key.
	ErrNoKey = errors.New("no such key")
	// ErrNoBucket says that there is no such bucket.
	ErrNoBucket = errors.New("no such bucket")
)

const (
	// ownPrefix begins the names of Weir's own buckets.
	ownPrefix = "weir_"
	// markerTTL is how long those who follow can learn that a key expired.
	markerTTL = time.Minute
)

// bucketName is what a bucket may be called.
var bucketName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// BucketEntry is one key of a bucket.
type BucketEntry struct {
	// Name is the key, as FromBucketKey gives it.
	Name  string
	Value []byte
	// Revision is higher than that of every earlier change of the bucket.
	Revision uint64
	Time     time.Time
	// Expires is when the bucket's own limit of age ends the entry; zero where it
	// has none. A key's own time to live is told by its removal.
	Expires time.Time
	// Removed means that the key was deleted or has expired.
	Removed bool
}

// BucketWatch is told what a bucket holds and how it changes.
type BucketWatch struct {
	// Begin is called before all present entries are told, and Ready after them:
	// at first, and again after an interruption. What is not told in between is
	// not there any more.
	Begin, Ready func()
	Entry        func(BucketEntry)
}

// ValidBucket returns an error for a name that no bucket of the user's can have;
// those of Weir itself are none.
func ValidBucket(bucket string) error {
	switch {
	case !bucketName.MatchString(bucket):
		return fmt.Errorf("bucket %q: a name has 1 to 64 letters, digits, dashes and underscores", bucket)
	case strings.HasPrefix(bucket, ownPrefix):
		return fmt.Errorf("bucket %s is Weir's own: choose a name without %s in front", bucket, ownPrefix)
	default:
		return nil
	}
}

// EnsureBucket creates a bucket where there is none, with as many replicas as
// Weir's own, and reports whether it did. Its keys may have a time to live.
func (c *Conn) EnsureBucket(ctx context.Context, bucket string) (created bool, err error) {
	if err := ValidBucket(bucket); err != nil {
		return false, err
	}
	_, err = c.js.KeyValue(ctx, bucket)
	if !errors.Is(err, jetstream.ErrBucketNotFound) {
		return false, c.keyError("open", bucket, err)
	}
	replicas := 1
	if s, err := c.js.Stream(ctx, "KV_"+BucketSignatures); err == nil {
		replicas = s.CachedInfo().Config.Replicas
	}
	_, err = c.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: bucket, Description: "data source for Weir's signatures", History: 1, Storage: jetstream.FileStorage,
		Replicas: replicas, LimitMarkerTTL: markerTTL,
	})
	if errors.Is(err, jetstream.ErrBucketExists) {
		// Somebody else was faster.
		return false, nil
	}
	return err == nil, c.keyError("create", bucket, err)
}

// PutKey sets a key of a bucket and returns the revision. The key is forgotten
// after ttl, in whole seconds; 0 keeps it.
func (c *Conn) PutKey(ctx context.Context, bucket, name string, value []byte, ttl time.Duration) (uint64, error) {
	b, key, err := c.openKey(ctx, bucket, name)
	if err != nil {
		return 0, err
	}
	if ttl == 0 {
		revision, err := b.Put(ctx, key, value)
		return revision, c.keyError("write to", bucket, err)
	}
	if ttl < time.Second {
		return 0, fmt.Errorf("key %s: a time to live of %s is too short: at least 1s", name, ttl)
	}
	status, err := b.Status(ctx)
	if err != nil {
		return 0, c.keyError("look at", bucket, err)
	}
	if status.LimitMarkerTTL() == 0 {
		return 0, fmt.Errorf("bucket %s was made without times to live for single keys: "+
			"make it anew by \"weir datasource put --create\", or set its limit marker TTL", bucket)
	}
	// The client's buckets know no time to live when a value is replaced.
	ack, err := c.js.Publish(ctx, "$KV."+bucket+"."+key, value, jetstream.WithMsgTTL(ttl.Truncate(time.Second)))
	if err != nil {
		return 0, c.keyError("write to", bucket, err)
	}
	return ack.Sequence, nil
}

// DeleteKey removes a key of a bucket. The error wraps ErrNoKey where there is
// none.
func (c *Conn) DeleteKey(ctx context.Context, bucket, name string) error {
	b, key, err := c.openKey(ctx, bucket, name)
	if err != nil {
		return err
	}
	if _, err := b.Get(ctx, key); err != nil {
		return c.keyError("delete "+name+" from", bucket, err)
	}
	return c.keyError("delete "+name+" from", bucket, b.Purge(ctx, key))
}

// BucketEntries returns what a bucket holds, sorted by name.
func (c *Conn) BucketEntries(ctx context.Context, bucket string) ([]BucketEntry, error) {
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	present := map[string]BucketEntry{}
	err := c.WatchBucket(limited, bucket, BucketWatch{
		Begin: func() { clear(present) },
		Entry: func(e BucketEntry) { present[e.Name] = e },
		Ready: cancel,
	})
	if err == nil {
		// What was cut short by the caller is not all there is.
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	var list []BucketEntry
	for _, e := range present {
		if !e.Removed {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b BucketEntry) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// WatchBucket tells what a bucket holds and each change, until ctx ends; it
// returns nil then. The error wraps ErrNoBucket where there is no such bucket.
func (c *Conn) WatchBucket(ctx context.Context, bucket string, w BucketWatch) error {
	if err := ValidBucket(bucket); err != nil {
		return err
	}
	b, err := c.js.KeyValue(ctx, bucket)
	if err != nil {
		return ended(ctx, c.keyError("open", bucket, err))
	}
	status, err := b.Status(ctx)
	if err != nil {
		return ended(ctx, c.keyError("look at", bucket, err))
	}
	age := status.TTL()
	return c.followFrom(ctx, bucket, jetstream.AllKeys, w.Begin, func(entry jetstream.KeyValueEntry) {
		e := BucketEntry{
			Name: FromBucketKey(entry.Key()), Revision: entry.Revision(), Time: entry.Created(),
			Removed: entry.Operation() != jetstream.KeyValuePut,
		}
		if !e.Removed {
			e.Value = entry.Value()
			if age > 0 {
				e.Expires = e.Time.Add(age)
			}
		}
		w.Entry(e)
	}, w.Ready)
}

func (c *Conn) openKey(ctx context.Context, bucket, name string) (jetstream.KeyValue, string, error) {
	if err := ValidBucket(bucket); err != nil {
		return nil, "", err
	}
	key, err := BucketKey(name)
	if err != nil {
		return nil, "", err
	}
	b, err := c.js.KeyValue(ctx, bucket)
	if err != nil {
		return nil, "", c.keyError("open", bucket, err)
	}
	return b, key, nil
}

// keyError is bucketError for buckets that hold no bundles.
func (c *Conn) keyError(what, bucket string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrKeyDeleted):
		return fmt.Errorf("%s bucket %s: %w", what, bucket, ErrNoKey)
	case errors.Is(err, jetstream.ErrBucketNotFound):
		return fmt.Errorf("%s bucket %s: %w", what, bucket, ErrNoBucket)
	default:
		return bucketError(what, bucket, err)
	}
}
