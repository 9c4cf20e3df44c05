package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// PutReport stores the accounts of a stage's partition, in whatever form. Where
// there are some already, replaces is asked whether the new ones are to take
// their place.
func (c *Conn) PutReport(
	ctx context.Context, stage string, partition int, value []byte, replaces func(old []byte) bool,
) error {
	key, what := checkpointKey(stage, partition), fmt.Sprintf("store accounts of %s, partition %d", stage, partition)
	bucket, err := c.openBucket(ctx, BucketLedger)
	if err != nil {
		return bucketError(what, BucketLedger, err)
	}
	for {
		stored, err := putReport(ctx, bucket, key, value, replaces)
		if errors.Is(err, jetstream.ErrKeyExists) && ctx.Err() == nil {
			continue // another instance has just told its own, which may be older
		}
		if err != nil {
			return bucketError(what, BucketLedger, err)
		}
		if !stored {
			return nil
		}
		break
	}
	// The first ones of each hour are kept, to tell what happened since.
	hour := time.Now().UTC().Truncate(time.Hour).Unix()
	_, err = bucket.Create(ctx, key+".h"+strconv.FormatInt(hour, 10), value, jetstream.KeyTTL(keptHours*time.Hour))
	if err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		return bucketError(what, BucketLedger, err)
	}
	return nil
}

// putReport stores accounts in the place of those that are there, unless those are
// to stay. The error wraps ErrKeyExists where others were stored meanwhile.
func putReport(
	ctx context.Context, bucket jetstream.KeyValue, key string, value []byte, replaces func(old []byte) bool,
) (stored bool, err error) {
	entry, err := bucket.Get(ctx, key)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		_, err = bucket.Create(ctx, key, value)
	case err != nil:
	case !replaces(entry.Value()):
		return false, nil
	default:
		_, err = bucket.Update(ctx, key, value, entry.Revision())
	}
	return err == nil, err
}

// PutWritten stores how far a run of a collector's numbers has come, in whatever
// form, for two days. It needs the right to publish to WrittenSubject; without,
// the error wraps ErrDenied.
func (c *Conn) PutWritten(ctx context.Context, node string, run uint64, value []byte) error {
	subject := WrittenSubject(node, strconv.FormatUint(run, 10))
	asking, judge := c.Asking(ctx, subject)
	_, err := c.js.PublishMsg(asking, &nats.Msg{Subject: subject, Data: value}, jetstream.WithMsgTTL(keptHours*time.Hour))
	if err = judge(err); err != nil {
		return bucketError(fmt.Sprintf("store what was written of node %q", node), BucketLedger, err)
	}
	return nil
}

// keptHours is how long the first accounts of an hour are kept.
const keptHours = 49

// Reports returns the accounts that were stored: the last ones of a partition
// under "<stage>.p<number>", and the first ones of an hour under that key with
// ".h<Unix time>" behind it, for two days, as are those of a collector's run.
func (c *Conn) Reports(ctx context.Context) (map[string][]byte, error) {
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	reports := map[string][]byte{}
	err := c.follow(limited, BucketLedger, jetstream.AllKeys, func(entry jetstream.KeyValueEntry) {
		if entry.Operation() == jetstream.KeyValuePut {
			reports[entry.Key()] = entry.Value()
		}
	}, cancel)
	if err == nil {
		// What was cut short by the caller is not all there is.
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	return reports, nil
}
