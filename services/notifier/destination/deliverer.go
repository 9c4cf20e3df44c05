package destination

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/metric/noop"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/notifier/cloudevent"
	"github.com/weirsec/weir/services/notifier/recent"
	"github.com/weirsec/weir/services/notifier/trace"
)

// Subscription calls fn for one message after another until ctx ends (and then
// returns nil) or fn returns an error (and then returns that). With
// bus.Conn.Tail it is written in one line.
type Subscription func(ctx context.Context, fn func(context.Context, bus.Received) error) error

// Deliverer brings the findings of a subscription to one destination.
type Deliverer struct {
	cfg     Config
	to      Destination
	logger  *slog.Logger
	metrics *metrics
	seen    *recent.Set
}

// NewDeliverer returns a Deliverer for a destination. Logger and meter of the
// settings may be nil. It fails on a Config that
// does not validate or a meter that refuses an instrument.
func NewDeliverer(cfg Config, s stage.Settings, to Destination) (*Deliverer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	if s.Meter == nil {
		s.Meter = noop.Meter{}
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	m, err := newMetrics(s.Meter, to.Name())
	if err != nil {
		return nil, fmt.Errorf("destination %s: %w", to.Name(), err)
	}
	return &Deliverer{cfg: cfg, to: to, logger: s.Logger, metrics: m, seen: recent.New(cfg.Remember)}, nil
}

// Run delivers until ctx ends or the destination is closed, and then returns
// nil. It returns an error where a finding could not be delivered in all
// attempts: with a durable subscription it comes again at the next Run.
func (d *Deliverer) Run(ctx context.Context, from Subscription) error {
	err := from(ctx, d.handle)
	switch {
	case errors.Is(err, ErrClosed):
		d.logger.InfoContext(ctx, "destination closed", slog.String("destination", d.to.Name()))
		return nil
	case err != nil && ctx.Err() == nil:
		return fmt.Errorf("deliver findings to %s: %w", d.to.Name(), err)
	default:
		return nil
	}
}

// handle delivers one message. A message that is no finding is counted and
// passed over: coming again would not make it one.
func (d *Deliverer) handle(ctx context.Context, m bus.Received) error {
	detection, err := cloudevent.Parse(m.Data)
	if err != nil {
		d.metrics.fail(ctx, "decode")
		d.logger.WarnContext(
			ctx, "message is no finding", slog.String("subject", m.Subject),
			slog.Uint64("stream_seq", m.StreamSeq), slog.Any("error", err),
		)
		return nil
	}
	key := cloudevent.Source(detection.Node) + " " + detection.ID
	if d.seen.Has(key) {
		d.metrics.duplicates.Add(ctx, 1, d.metrics.destination)
		return nil
	}
	detection.Stamps = stamps(m)
	if err := d.deliver(ctx, Finding{CloudEvent: m.Data, Detection: detection}); err != nil {
		return err
	}
	// Only now: one that failed must not pass for delivered when it comes again.
	d.seen.Add(key)
	d.metrics.delivered.Add(ctx, 1, d.metrics.destination)
	return nil
}

// stamps returns what the message tells of its way: the stages of its headers,
// and when the broker had it, which no header can say.
func stamps(m bus.Received) []finding.Stamp {
	all := cloudevent.Stamps(m.Header)
	if len(all) == 0 || m.Time.IsZero() {
		return all
	}
	last := all[len(all)-1]
	return append(all, finding.Stamp{
		Stage: trace.StageBroker, Instance: last.Instance, In: last.Out, Out: m.Time.UnixNano(),
	})
}

func (d *Deliverer) deliver(ctx context.Context, f Finding) error {
	wait := d.cfg.Backoff
	for attempt := 1; ; attempt++ {
		err := d.to.Deliver(ctx, f)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, ErrClosed):
			d.metrics.fail(ctx, "closed")
			return err
		case ctx.Err() != nil:
			d.metrics.fail(ctx, "stopped")
			return err
		case attempt >= d.cfg.Attempts:
			d.metrics.fail(ctx, "error")
			return fmt.Errorf("after %d attempts: %w", attempt, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait *= 2
	}
}
