package outside

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/lookup"
	"github.com/weirsec/weir/services/detector/bucket"
	"github.com/weirsec/weir/services/detector/source"
	"github.com/weirsec/weir/signatures/sdk"
)

// Conn is the broker: a *bus.Conn.
type Conn interface {
	bucket.Store
	AskDataSource(ctx context.Context, partitions int, namespace, id, node string, question []byte) ([]byte, error)
}

// Outside is the buckets and the questions of one process.
type Outside struct {
	buckets *bucket.Group
	misses  *source.Misses

	conn       Conn
	partitions int
}

// Open makes the data sources that the flags ask for. Nothing is read or asked
// before Connect and Run.
func Open(flags *bucket.Flags, s stage.Settings) (*Outside, error) {
	o := &Outside{}
	var err error
	if o.buckets, err = flags.Open(s.Logger, s.Meter); err != nil {
		return nil, err
	}
	if o.misses, err = source.NewMisses(o.ask, s.Meter); err != nil {
		return nil, errors.Join(err, o.buckets.Close())
	}
	return o, nil
}

// Sources are the buckets, for whoever loads signatures.
func (o *Outside) Sources() []sdk.DataSource { return o.buckets.Sources() }

// Misses asks the enrichers, for whoever loads signatures.
func (o *Outside) Misses() *source.Misses { return o.misses }

// Connect says where the buckets and the enrichers are, before Run. Partitions is
// into how many WEIR_RAW is divided.
func (o *Outside) Connect(conn Conn, partitions int) { o.conn, o.partitions = conn, partitions }

// Run keeps the buckets' copies and asks the enrichers until ctx ends.
func (o *Outside) Run(ctx context.Context) error {
	if o.conn == nil {
		return errors.New("data sources: not connected")
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return o.buckets.Run(ctx, o.conn) })
	group.Go(func() error { return o.misses.Run(ctx) })
	return group.Wait()
}

// After returns run, to be called once all buckets have been read: a signature
// that is evaluated on half of an allow list finds what it must not.
func (o *Outside) After(run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		err := o.buckets.Wait(ctx)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // whoever ended ctx knows
		case err != nil:
			return err
		default:
			return run(ctx)
		}
	}
}

// Close ends the measuring.
func (o *Outside) Close() error { return errors.Join(o.buckets.Close(), o.misses.Close()) }

func (o *Outside) ask(ctx context.Context, namespace, id, node string, question []byte) ([]byte, error) {
	if o.conn == nil {
		return nil, lookup.Refuse(lookup.CodeUnavailable, "not connected yet")
	}
	return o.conn.AskDataSource(ctx, o.partitions, namespace, id, node, question)
}
