package bus

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

const reconnectWait = 250 * time.Millisecond

// A network that drops packets ends no connection: who is behind it is asked every
// pingInterval, and taken for gone after maxPings without an answer. By itself TCP
// would take minutes, and as long again as the network was away to go on.
const (
	pingInterval = 5 * time.Second
	maxPings     = 2
)

// options are the client's settings: reconnect for ever, also where the broker
// refuses the credentials for a while, and buffer nothing while disconnected,
// because whoever publishes keeps the message anyway.
func (c *Conn) options() []nats.Option {
	return []nats.Option{
		nats.MaxReconnects(-1),
		nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectBufSize(-1),
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(maxPings),
		nats.ErrorHandler(c.onError),
		nats.DisconnectErrHandler(c.onDisconnect),
		nats.ReconnectHandler(c.onReconnect),
		nats.ClosedHandler(func(*nats.Conn) { close(c.closed) }),
	}
}

func (c *Conn) onError(_ *nats.Conn, sub *nats.Subscription, err error) {
	ctx := context.Background()
	switch {
	case errors.Is(err, nats.ErrSlowConsumer):
		c.metrics.errors.Add(ctx, 1, reason("slow_consumer"))
		dropped, subject := 0, ""
		if sub != nil {
			dropped, _ = sub.Dropped()
			subject = sub.Subject
		}
		c.logger.ErrorContext(ctx, "NATS client dropped messages of a slow subscription",
			slog.String("subject", subject), slog.Int("dropped", dropped))
	case errors.Is(err, nats.ErrPermissionViolation):
		c.metrics.errors.Add(ctx, 1, reason("denied"))
		if d := newDenied(err); c.denied.add(d, time.Now()) {
			c.logger.ErrorContext(ctx, "NATS server refused a subject", slog.Any("error", d))
		}
	default:
		c.metrics.errors.Add(ctx, 1, reason("other"))
		c.logger.WarnContext(ctx, "NATS connection", slog.Any("error", err))
	}
}

func (c *Conn) onDisconnect(_ *nats.Conn, err error) {
	if err == nil {
		return
	}
	c.metrics.errors.Add(context.Background(), 1, reason("disconnect"))
	c.logger.Warn("connection to NATS lost, reconnecting", slog.Any("error", err))
}

func (c *Conn) onReconnect(nc *nats.Conn) {
	// Rights may have been changed meanwhile.
	c.denied.clear()
	c.logger.Info("connected to NATS again", slog.String("url", nc.ConnectedUrlRedacted()))
}
