package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// onBucket calls fn with a bucket. Where the broker refuses something of it, the
// error says so at once.
func (c *Conn) onBucket(ctx context.Context, name string, fn func(context.Context, jetstream.KeyValue) error) error {
	ctx, judge := c.Asking(ctx, bucketRequests(name)...)
	bucket, err := c.js.KeyValue(ctx, name)
	if err == nil {
		err = fn(ctx, bucket)
	}
	return judge(err)
}

// openBucket looks a bucket up.
func (c *Conn) openBucket(ctx context.Context, name string) (jetstream.KeyValue, error) {
	ctx, judge := c.Asking(ctx, subjectAPI+"STREAM.INFO."+BucketStream(name))
	bucket, err := c.js.KeyValue(ctx, name)
	return bucket, judge(err)
}

// bucketRequests are the subjects that the client uses for a bucket.
func bucketRequests(name string) []string {
	stream := BucketStream(name)
	return []string{
		subjectAPI + "STREAM.INFO." + stream,
		subjectAPI + "CONSUMER.CREATE." + stream + ".>",
		subjectAPI + "CONSUMER.INFO." + stream + ".>",
		subjectAPI + "DIRECT.GET." + stream + ".>",
		BucketSubject(name, ">"),
	}
}

// bucketError says what was tried and, where it is known, what to do.
func bucketError(what, bucket string, err error) error {
	var api *jetstream.APIError
	switch {
	case bucket == BucketSignatures && (errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, jetstream.ErrKeyDeleted)):
		return fmt.Errorf("%s: %w", what, ErrNoBundle)
	case errors.Is(err, jetstream.ErrBucketNotFound):
		return fmt.Errorf("%s: bucket %s: %w", what, bucket, ErrNoStream)
	case errors.As(err, &api) && (api.ErrorCode == codeStoreFailed || api.ErrorCode == codeInsufficient):
		return fmt.Errorf("%s: bucket %s: %w: give Weir's streams more, or remove what is not needed: %w",
			what, bucket, ErrFull, err)
	case errors.As(err, &api) && api.ErrorCode == codeTooLarge, errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%s: bucket %s: %w: %w", what, bucket, ErrTooLarge, err)
	default:
		return fmt.Errorf("%s: bucket %s: %w", what, bucket, err)
	}
}
