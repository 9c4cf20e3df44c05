package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"

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

// ProvisionOptions say how far provisioning may go.
type ProvisionOptions struct {
	// DryRun changes nothing and tells what would be changed.
	DryRun bool
	// Evict allows what makes a stream drop messages that it holds.
	Evict bool
}

// Provision creates the streams and buckets, or brings those that exist to the
// layout, also where messages must go for it; doing it again changes nothing. It
// returns ErrPartitions where a stream is divided in another way, and ErrFull
// where the broker has not enough storage; the error names the stream and what
// to do.
func (c *Conn) Provision(ctx context.Context, l Layout) error {
	_, err := c.Reconcile(ctx, l, ProvisionOptions{Evict: true})
	return err
}

// Reconcile is Provision that tells what it did of each stream and bucket, the
// unchanged ones among them. What an operator configured besides what the layout
// says stays. Nothing is changed where the error wraps ErrPartitions or ErrLoss;
// after another error, what was done is told beside it.
func (c *Conn) Reconcile(ctx context.Context, l Layout, o ProvisionOptions) ([]Change, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	l = l.withDefaults()
	asking, judge := c.Asking(ctx, subjectAPI+"STREAM.>", subjectAPI+"CONSUMER.LIST.>")
	changes, err := c.reconcile(asking, l, o)
	return changes, judge(err)
}

func (c *Conn) reconcile(ctx context.Context, l Layout, o ProvisionOptions) ([]Change, error) {
	var plans []plan
	var errs []error
	// All are looked at before any is changed.
	for _, want := range l.wanted() {
		p, err := c.plan(ctx, want)
		if err != nil {
			return nil, err
		}
		errs = append(errs, p.refusal(o))
		plans = append(plans, p)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var changes []Change
	for _, p := range plans {
		if !o.DryRun {
			if err := c.carryOut(ctx, p); err != nil {
				return changes, provisionError(p.want.what(), p.want.stream.MaxBytes, p.want.stream.Replicas, err)
			}
		}
		changes = append(changes, p.change())
	}
	return changes, nil
}

func (c *Conn) plan(ctx context.Context, want wanted) (plan, error) {
	p := plan{want: want}
	stream, err := c.js.Stream(ctx, want.stream.Name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return p, nil
	case err != nil:
		return p, provisionError(want.what(), want.stream.MaxBytes, want.stream.Replicas, err)
	}
	p.has = stream.CachedInfo()
	return p, nil
}

func (c *Conn) carryOut(ctx context.Context, p plan) (err error) {
	switch {
	case p.has == nil && p.want.bucket != nil:
		_, err = c.js.CreateKeyValue(ctx, *p.want.bucket)
	case p.has == nil:
		_, err = c.js.CreateStream(ctx, p.want.stream)
	case len(p.differences()) > 0:
		_, err = c.js.UpdateStream(ctx, p.merged())
	}
	return err
}

// Partitions returns into how many parts a stream is divided, 0 where it is not
// divided. The error wraps ErrNoStream where there is none of that name.
func (c *Conn) Partitions(ctx context.Context, stream string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, usageTries*ackTimeout)
	defer cancel()
	asking, judge := c.Asking(ctx, subjectAPI+"STREAM.INFO."+stream)
	s, err := c.js.Stream(asking, stream)
	switch err = judge(err); {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return 0, fmt.Errorf("look at stream %s: %w", stream, ErrNoStream)
	case err != nil:
		return 0, fmt.Errorf("look at stream %s: %w", stream, err)
	}
	text, divided := s.CachedInfo().Config.Metadata[partitionsKey]
	if !divided {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxPartitions {
		return 0, fmt.Errorf("stream %s: %w: its metadata say %q", stream, ErrPartitions, text)
	}
	return n, nil
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
	case errors.As(err, &api) && api.ErrorCode == 10065:
		return fmt.Errorf("create %s: another stream takes its subjects already: remove that, or use an account of its own: %w",
			what, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return fmt.Errorf("create %s: the broker does not answer (is JetStream ready, and do the credentials "+
			"allow it?): %w", what, err)
	default:
		return fmt.Errorf("create %s: %w", what, err)
	}
}
