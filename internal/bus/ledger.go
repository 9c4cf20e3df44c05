package bus

import (
	"context"
	"errors"
	"fmt"

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
	if err != nil {
		return c.bucketError(what, BucketLedger, err)
	}
	return nil
}

// Reports returns the accounts that were stored, by their keys.
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
