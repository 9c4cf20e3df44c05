package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// tailBytes bounds what is fetched ahead, far below the client's limit of
	// 64 MiB for one subscription.
	tailBytes = 8 << 20
	// tailMessages is more than tailBytes hold: the client has places for so many
	// messages and none for what the broker says of a request that has ended, so
	// where their number were the bound, it would drop one and read it again.
	tailMessages = 1 << 15
	tailAckWait  = 30 * time.Second
)

// TailConfig says what to read.
type TailConfig struct {
	// Stream is the stream's name.
	Stream string
	// Filter selects subjects; "" selects all.
	Filter string
	// Where to begin: at a time, at a sequence number, or with messages that
	// come from now on; all zero: with the oldest message. The first one that
	// is set counts; a durable consumer that exists goes on where it was.
	Since      time.Time
	StartSeq   uint64
	DeliverNew bool
	// Durable names a consumer that remembers what was handled; "" reads
	// without leaving anything behind.
	Durable string
}

// Tail calls fn for every message in the order of the stream until ctx ends
// (then it returns nil) or fn returns an error (then it returns that error).
// With a durable consumer a message counts as handled once fn returned nil;
// after a restart the others come again, and so does one of which the broker was
// not told in time. A message that cannot be decompressed is logged, counted and
// skipped.
func (c *Conn) Tail(ctx context.Context, cfg TailConfig, fn func(ctx context.Context, m Received) error) error {
	start := time.Now()
	asking, judge := c.Asking(ctx, consumerRequests(cfg.Stream)...)
	consumer, err := c.tailConsumer(asking, cfg)
	err = judge(err)
	if ctx.Err() != nil {
		// The end came while the consumer was being made, which is no failure.
		return nil
	}
	if err != nil {
		return fmt.Errorf("read stream %s: %w", cfg.Stream, err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessagesWithBytesLimit(tailMessages, tailBytes))
	if err != nil {
		return fmt.Errorf("read stream %s: %w", cfg.Stream, err)
	}
	defer c.endTail(ctx, cfg, messages)
	for {
		raw, err := messages.Next(jetstream.NextContext(ctx))
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, jetstream.ErrNoHeartbeat) {
			if err := c.denied.since(start, subjectAPI+"CONSUMER.MSG.NEXT."+cfg.Stream+".>"); err != nil {
				return fmt.Errorf("read stream %s: %w", cfg.Stream, err)
			}
			// The broker is away; the client asks again when it is back.
			continue
		}
		if err != nil {
			return fmt.Errorf("read stream %s: %w", cfg.Stream, err)
		}
		if err := c.tailOne(ctx, raw, fn); err != nil {
			c.giveBack(ctx, cfg, raw)
			return err
		}
		if cfg.Durable == "" {
			continue
		}
		if err := raw.Ack(); err != nil {
			// The broker is away: the message comes again later.
			c.logger.DebugContext(ctx, "message not acknowledged", slog.String("stream", cfg.Stream), slog.Any("error", err))
		}
	}
}

// consumerRequests are the subjects that the client uses to make a consumer or to
// find it.
func consumerRequests(stream string) []string {
	return []string{
		subjectAPI + "STREAM.INFO." + stream,
		subjectAPI + "CONSUMER.INFO." + stream + ".>",
		subjectAPI + "CONSUMER.CREATE." + stream + ".>",
	}
}

// endTail gives back what was sent ahead, so that the durable consumer's next
// reader gets it at once.
func (c *Conn) endTail(ctx context.Context, cfg TailConfig, messages jetstream.MessagesContext) {
	if cfg.Durable == "" {
		messages.Stop()
		return
	}
	messages.Drain()
	for {
		raw, err := messages.Next()
		if err != nil {
			return
		}
		c.giveBack(ctx, cfg, raw)
	}
}

func (c *Conn) giveBack(ctx context.Context, cfg TailConfig, raw jetstream.Msg) {
	if cfg.Durable == "" {
		return
	}
	if err := raw.Nak(); err != nil {
		// It comes again later.
		c.logger.DebugContext(ctx, "message not given back", slog.Any("error", err))
	}
}

func (c *Conn) tailOne(ctx context.Context, raw jetstream.Msg, fn func(context.Context, Received) error) error {
	m, err := Receive(raw)
	if err != nil {
		c.metrics.skipped.Add(ctx, 1, reason("unreadable"))
		c.logger.WarnContext(ctx, "message skipped", slog.Any("error", err))
		return nil
	}
	return fn(ctx, m)
}

func (c *Conn) tailConsumer(ctx context.Context, cfg TailConfig) (jetstream.Consumer, error) {
	policy, since := jetstream.DeliverAllPolicy, (*time.Time)(nil)
	var seq uint64
	switch {
	case !cfg.Since.IsZero():
		policy, since = jetstream.DeliverByStartTimePolicy, &cfg.Since
	case cfg.StartSeq > 0:
		policy, seq = jetstream.DeliverByStartSequencePolicy, cfg.StartSeq
	case cfg.DeliverNew:
		policy = jetstream.DeliverNewPolicy
	}
	if cfg.Durable == "" {
		ordered := jetstream.OrderedConsumerConfig{DeliverPolicy: policy, OptStartTime: since, OptStartSeq: seq}
		if cfg.Filter != "" {
			ordered.FilterSubjects = []string{cfg.Filter}
		}
		return c.js.OrderedConsumer(ctx, cfg.Stream, ordered)
	}
	existing, err := c.js.Consumer(ctx, cfg.Stream, cfg.Durable)
	if err == nil || !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return existing, err
	}
	return c.js.CreateConsumer(ctx, cfg.Stream, jetstream.ConsumerConfig{
		Durable: cfg.Durable, FilterSubject: cfg.Filter,
		DeliverPolicy: policy, OptStartTime: since, OptStartSeq: seq,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: tailAckWait, MaxAckPending: 1,
	})
}
