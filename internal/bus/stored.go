package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrNoMessage says that a stream does not hold a message (any more).
var ErrNoMessage = errors.New("no such message")

// Stored returns the message of a stream with a sequence number. The error wraps
// ErrNoMessage where there is none.
func (c *Conn) Stored(ctx context.Context, stream string, seq uint64) (Received, error) {
	s, err := c.js.Stream(ctx, stream)
	if err != nil {
		return Received{}, fmt.Errorf("read message %d of %s: %w", seq, stream, err)
	}
	raw, err := s.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		err = ErrNoMessage
	}
	if err != nil {
		return Received{}, fmt.Errorf("read message %d of %s: %w", seq, stream, err)
	}
	return ReceiveStored(raw)
}

// Remove deletes one message of a stream. One that is not there any more is no
// error.
func (c *Conn) Remove(ctx context.Context, stream string, seq uint64) error {
	s, err := c.js.Stream(ctx, stream)
	if err == nil {
		err = s.DeleteMsg(ctx, seq)
	}
	if err == nil {
		return nil
	}
	// The broker does not tell one that is gone from one that it cannot delete.
	if _, gone := c.Stored(ctx, stream, seq); errors.Is(gone, ErrNoMessage) {
		return nil
	}
	return fmt.Errorf("remove message %d of %s: %w", seq, stream, err)
}

// Republished returns the subject on which a message is to be published that
// shall end on the given one: the broker inserts the partition of raw messages
// by itself.
func Republished(subject string) string {
	parts := strings.Split(subject, ".")
	if len(parts) == 4 && parts[0] == "weir" && parts[1] == "raw" {
		return "weir.raw." + parts[3]
	}
	return subject
}
