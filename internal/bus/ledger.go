package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// PutReport stores the accounts of a stage's partition, in whatever form. Where
// there are some already, replaces is asked whether the new ones are to take
// their place.
func (c *Conn) PutReport(
	ctx context.Context, stage string, partition int, value []byte, replaces func(old []byte) bool,
) error {
	key, what := checkpointKey(stage, partition), fmt.Sprintf("store accounts of %s, partition %d", stage, partition)
	bucket, err := c.js.KeyValue(ctx, BucketLedger)
	if err != nil {
		return c.bucketError(what, BucketLedger, err)
	}
	entry, err := bucket.Get(ctx, key)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		_, err = bucket.Create(ctx, key, value)
	case err == nil:
		if !replaces(entry.Value()) {
			return nil
		}
		_, err = bucket.Update(ctx, key, value, entry.Revision())
	}
	if errors.Is(err, jetstream.ErrKeyExists) {
		return nil // another instance has just told its own
	}
	if err == nil {
		// The first ones of each hour are kept, to tell what happened since.
		hour := time.Now().UTC().Truncate(time.Hour).Unix()
		_, err = bucket.Create(ctx, key+".h"+strconv.FormatInt(hour, 10), value, jetstream.KeyTTL(keptHours*time.Hour))
	}
	if err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		return c.bucketError(what, BucketLedger, err)
	}
	return nil
}

// keptHours is how long the first accounts of an hour are kept.
const keptHours = 49

// Reports returns the accounts that were stored: the last ones of a partition
// under "<stage>.p<number>", and the first ones of an hour under that key with
// ".h<Unix time>" behind it, for two days.
func (c *Conn) Reports(ctx context.Context) (map[string][]byte, error) {
	bucket, err := c.js.KeyValue(ctx, BucketLedger)
	if err != nil {
		return nil, c.bucketError("read the ledger", BucketLedger, err)
	}
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	reports := map[string][]byte{}
	err = c.follow(limited, bucket, jetstream.AllKeys, func(entry jetstream.KeyValueEntry) {
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
