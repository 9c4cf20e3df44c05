package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// partitionsKey is where a stream's metadata says into how many partitions it
// is divided.
const partitionsKey = "weir.partitions"

// Codes of the broker's errors that the client library has no names for.
const (
	codeInsufficient   jetstream.ErrorCode = 10023
	codeStoreFailed    jetstream.ErrorCode = 10077
	codeStorageExceeds jetstream.ErrorCode = 10047
	codeTooLarge       jetstream.ErrorCode = 10054
)

// Provision creates the streams and buckets, or brings those that exist to the
// layout; doing it again changes nothing. It returns ErrPartitions where a
// stream is divided in another way, and ErrFull where the broker has not
// enough storage; the error names the stream and what to do.
func (c *Conn) Provision(ctx context.Context, l Layout) error {
	if err := l.Validate(); err != nil {
		return err
	}
	l = l.withDefaults()
	streams := l.streams()
	// All are checked before any is changed.
	for _, want := range streams {
		if err := c.checkPartitions(ctx, want); err != nil {
			return err
		}
	}
	for _, want := range streams {
		if _, err := c.js.CreateOrUpdateStream(ctx, want); err != nil {
			return provisionError("stream "+want.Name, want.MaxBytes, want.Replicas, err)
		}
	}
	for _, want := range l.buckets() {
		if _, err := c.js.CreateOrUpdateKeyValue(ctx, want); err != nil {
			return provisionError("bucket "+want.Bucket, want.MaxBytes, want.Replicas, err)
		}
	}
	return nil
}

func (c *Conn) checkPartitions(ctx context.Context, want jetstream.StreamConfig) error {
	count, partitioned := want.Metadata[partitionsKey]
	if !partitioned {
		return nil
	}
	stream, err := c.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	if err != nil {
		return provisionError("stream "+want.Name, want.MaxBytes, want.Replicas, err)
	}
	if has := stream.CachedInfo().Config.Metadata[partitionsKey]; has != count {
		return fmt.Errorf("%w: %s has %q, wanted are %s; keep the old number, or drain the stages and "+
			"delete the stream first", ErrPartitions, want.Name, has, count)
	}
	return nil
}

func provisionError(what string, size int64, replicas int, err error) error {
	var api *jetstream.APIError
	switch {
	case errors.As(err, &api) && (api.ErrorCode == codeInsufficient || api.ErrorCode == codeStorageExceeds):
		return fmt.Errorf("create %s of %d MiB: %w: give the broker more storage or Weir a smaller share: %w",
			what, size>>20, ErrFull, err)
	case errors.As(err, &api) && api.ErrorCode == 10074, errors.As(err, &api) && api.ErrorCode == 10005:
		return fmt.Errorf("create %s with %d replicas: the broker has fewer servers: lower the replicas: %w",
			what, replicas, err)
	case errors.Is(err, nats.ErrPermissionViolation):
		return fmt.Errorf("create %s: %w: use credentials that may create streams: %w", what, ErrDenied, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return fmt.Errorf("create %s: the broker does not answer (is JetStream ready, and do the credentials "+
			"allow it?): %w", what, err)
	default:
		return fmt.Errorf("create %s: %w", what, err)
	}
}
