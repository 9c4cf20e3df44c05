package bus

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Member is what an instance of a service says of itself.
type Member struct {
	Instance string
	Value    []byte
	// Time is when it said so.
	Time time.Time
}

// PutMember replaces what an instance of a kind of service says of itself. It
// is forgotten after ttl, in whole seconds, unless it says so again.
func (c *Conn) PutMember(ctx context.Context, kind, instance string, value []byte, ttl time.Duration) error {
	// The client's buckets know no time to live when a value is replaced.
	subject := BucketSubject(BucketMembers, memberKey(kind, instance))
	asking, judge := c.Asking(ctx, subject)
	_, err := c.js.Publish(asking, subject, value, jetstream.WithMsgTTL(max(ttl.Truncate(time.Second), time.Second)))
	if err = judge(err); err != nil {
		return bucketError("tell how "+instance+" is", BucketMembers, err)
	}
	return nil
}

// DropMember forgets an instance at once.
func (c *Conn) DropMember(ctx context.Context, kind, instance string) error {
	err := c.onBucket(ctx, BucketMembers, func(ctx context.Context, bucket jetstream.KeyValue) error {
		return bucket.Purge(ctx, memberKey(kind, instance))
	})
	if err != nil {
		return bucketError("forget "+instance, BucketMembers, err)
	}
	return nil
}

// Members returns the instances of a kind of service that live, by name.
func (c *Conn) Members(ctx context.Context, kind string) ([]Member, error) {
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	var members []Member
	prefix := memberKey(kind, "")
	err := c.follow(limited, BucketMembers, kind+".*", func(entry jetstream.KeyValueEntry) {
		instance, err := hex.DecodeString(strings.TrimPrefix(entry.Key(), prefix))
		if err == nil && entry.Operation() == jetstream.KeyValuePut {
			members = append(members, Member{string(instance), entry.Value(), entry.Created()})
		}
	}, cancel)
	if err == nil {
		// What was cut short by the caller is not all there is.
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("look for members: %w", err)
	}
	slices.SortFunc(members, func(a, b Member) int { return cmp.Compare(a.Instance, b.Instance) })
	return members, nil
}

// memberKey is an instance's key. A name may hold any characters.
func memberKey(kind, instance string) string {
	return kind + ".i" + hex.EncodeToString([]byte(instance))
}
