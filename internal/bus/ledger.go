package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/schemas/ledger"
)

// PutReport stores the accounts of a stage's partition, unless newer ones are
// there: then it does nothing.
func (c *Conn) PutReport(ctx context.Context, r *ledger.Report) error {
	key, what := checkpointKey(r.Stage, r.Partition), fmt.Sprintf("store accounts of %s, partition %d", r.Stage, r.Partition)
	value, err := r.Encode()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	bucket, err := c.js.KeyValue(ctx, BucketLedger)
	if err != nil {
		return c.bucketError(what, BucketLedger, err)
	}
	entry, err := bucket.Get(ctx, key)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		_, err = bucket.Create(ctx, key, value)
	case err == nil:
		// What cannot be read is worth nothing.
		if old, parseErr := ledger.ParseReport(entry.Value()); parseErr == nil && !r.Supersedes(old) {
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

// Reports returns the accounts of all stages and partitions. Entries that cannot
// be read are logged and left out.
func (c *Conn) Reports(ctx context.Context) ([]*ledger.Report, error) {
	bucket, err := c.js.KeyValue(ctx, BucketLedger)
	if err != nil {
		return nil, c.bucketError("read the ledger", BucketLedger, err)
	}
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	var reports []*ledger.Report
	err = c.follow(limited, bucket, jetstream.AllKeys, func(entry jetstream.KeyValueEntry) {
		if entry.Operation() != jetstream.KeyValuePut {
			return
		}
		r, err := ledger.ParseReport(entry.Value())
		if err != nil {
			c.metrics.skipped.Add(ctx, 1, reason("ledger"))
			c.logger.WarnContext(ctx, "accounts not understood", slog.String("key", entry.Key()), slog.Any("error", err))
			return
		}
		reports = append(reports, r)
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
