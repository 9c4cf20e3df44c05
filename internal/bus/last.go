package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What the broker adds to a message that it is asked for.
const (
	headerStatus   = "Status"
	headerSubject  = "Nats-Subject"
	headerSequence = "Nats-Sequence"
	headerTime     = "Nats-Time-Stamp"
	statusNotFound = "404"
)

// LastRaw returns the message of a node that StreamRaw got last, without its
// payload; ok is false where it has none. That needs the right to publish to
// the subject LastRawSubject; without, the error wraps ErrDenied.
func (c *Conn) LastRaw(ctx context.Context, node string) (m Received, ok bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	subject := LastRawSubject(node)
	asking, judge := c.Asking(ctx, subject)
	reply, err := c.nc.RequestWithContext(asking, subject, nil)
	err = judge(err)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return m, false, fmt.Errorf("ask for the last message of node %q: %w: %w", node, ErrNoStream, err)
	case err != nil:
		return m, false, fmt.Errorf("ask for the last message of node %q: %w", node, err)
	}
	switch status := reply.Header.Get(headerStatus); status {
	case "":
	case statusNotFound:
		return m, false, nil
	default:
		return m, false, fmt.Errorf("ask for the last message of node %q: the broker answers %s %s", node, status,
			reply.Header.Get("Description"))
	}
	seq, err := strconv.ParseUint(reply.Header.Get(headerSequence), 10, 64)
	if err != nil {
		return m, false, fmt.Errorf("ask for the last message of node %q: place in the stream: %w", node, err)
	}
	at, err := time.Parse(time.RFC3339Nano, reply.Header.Get(headerTime))
	if err != nil {
		return m, false, fmt.Errorf("ask for the last message of node %q: time: %w", node, err)
	}
	return Received{
		Subject: reply.Header.Get(headerSubject), ID: reply.Header.Get(jetstream.MsgIDHeader),
		StreamSeq: seq, Time: at, ContentType: reply.Header.Get(headerType), Header: ownHeaders(reply.Header),
	}, true, nil
}
