package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Usage is what a stream holds.
type Usage struct {
	Stream          string
	Messages, Bytes uint64
	// MaxBytes is the limit at which the oldest messages go; -1 for none.
	MaxBytes int64
	// FirstSeq and LastSeq are the sequence numbers of the oldest message that
	// is left and of the newest. FirstSeq-1 messages are gone by age or size.
	FirstSeq, LastSeq   uint64
	FirstTime, LastTime time.Time
	Consumers           []ConsumerUsage
}

// ConsumerUsage is how far a consumer has come.
type ConsumerUsage struct {
	Name string
	// Pending messages have not been delivered, AckPending not acknowledged.
	Pending    uint64
	AckPending int
	// AckFloor is the stream sequence up to which all is acknowledged.
	AckFloor uint64
	// Acked counts the deliveries up to there: a new consumer's AckFloor is what the
	// stream has given up before.
	Acked uint64
	// Redelivered counts messages that are being delivered again.
	Redelivered int
}

// usageTries is how often Usage asks: a cluster that has just lost a server
// waits for that server's answer longer than a client waits for the cluster's.
const usageTries = 4

// Usage returns what a stream holds and how far its consumers have come; the
// error wraps ErrNoStream where there is none of that name. A
// consumer whose AckFloor+1 is below FirstSeq may have missed messages.
func (c *Conn) Usage(ctx context.Context, stream string) (Usage, error) {
	for try := 1; ; try++ {
		u, err := c.usage(ctx, stream)
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil || try == usageTries {
			return u, err
		}
	}
}

func (c *Conn) usage(ctx context.Context, stream string) (Usage, error) {
	ctx, judge := c.Asking(ctx, subjectAPI+"STREAM.INFO."+stream, subjectAPI+"CONSUMER.LIST."+stream)
	u, err := c.readUsage(ctx, stream)
	return u, judge(err)
}

func (c *Conn) readUsage(ctx context.Context, stream string) (Usage, error) {
	s, err := c.js.Stream(ctx, stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return Usage{}, fmt.Errorf("look at stream %s: %w", stream, ErrNoStream)
	}
	if err != nil {
		return Usage{}, fmt.Errorf("look at stream %s: %w", stream, err)
	}
	info := s.CachedInfo()
	u := Usage{
		Stream: stream, Messages: info.State.Msgs, Bytes: info.State.Bytes, MaxBytes: info.Config.MaxBytes,
		FirstSeq: info.State.FirstSeq, LastSeq: info.State.LastSeq,
		FirstTime: info.State.FirstTime, LastTime: info.State.LastTime,
	}
	list := s.ListConsumers(ctx)
	for consumer := range list.Info() {
		u.Consumers = append(u.Consumers, ConsumerUsage{
			Name: consumer.Name, Pending: consumer.NumPending, AckPending: consumer.NumAckPending,
			AckFloor: consumer.AckFloor.Stream, Acked: consumer.AckFloor.Consumer, Redelivered: consumer.NumRedelivered,
		})
	}
	if err := list.Err(); err != nil {
		return Usage{}, fmt.Errorf("look at the consumers of stream %s: %w", stream, err)
	}
	return u, nil
}
