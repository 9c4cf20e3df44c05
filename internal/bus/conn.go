package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// ackTimeout is how long one attempt to publish waits for the broker.
	ackTimeout = 5 * time.Second
	// maxInFlight bounds unacknowledged messages over all publishers of a
	// connection; each call has a smaller window of its own.
	maxInFlight    = 16384
	connectTimeout = 5 * time.Second
)

// Conn is a connection to the broker, safe for concurrent use.
type Conn struct {
	nc      *nats.Conn
	js      jetstream.JetStream
	logger  *slog.Logger
	metrics *metrics
	closed  chan struct{}
	denied  denials
	buffers sync.Pool
}

// Connect opens a connection and checks that JetStream answers. Later
// interruptions are mended for ever; only the first attempt fails, with an
// error that names the address. It wraps ErrAway where trying again may help.
func Connect(ctx context.Context, cfg Config, opts ...Option) (*Conn, error) {
	o := newOptions(opts)
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.URL == "" && o.dialer == nil {
		return nil, errors.New("no NATS URL given: set one such as nats://127.0.0.1:4222")
	}
	m, err := newMetrics(o.meter)
	if err != nil {
		return nil, err
	}
	c := &Conn{logger: o.logger, metrics: m, closed: make(chan struct{})}
	d := &dialer{cfg: cfg, process: o.dialer}
	if c.nc, err = d.dial(ctx, c.options()); err != nil {
		return nil, err
	}
	c.js, err = jetstream.New(c.nc, jetstream.WithPublishAsyncMaxPending(maxInFlight),
		jetstream.WithPublishAsyncTimeout(ackTimeout))
	if err != nil {
		c.nc.Close()
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	if err := c.checkJetStream(ctx); err != nil {
		c.nc.Close()
		return nil, err
	}
	return c, nil
}

// JetStream gives package stage and the operator's tools the client's own API.
func (c *Conn) JetStream() jetstream.JetStream { return c.js }

// Close hands out what was received, flushes what was published and closes
// the connection. It returns ctx's error where that takes too long.
func (c *Conn) Close(ctx context.Context) error {
	if err := c.nc.Drain(); err != nil {
		c.nc.Close()
		if errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrConnectionReconnecting) {
			// There is nothing that could still be flushed.
			return nil
		}
		return fmt.Errorf("drain connection: %w", err)
	}
	select {
	case <-c.closed:
		return nil
	case <-ctx.Done():
		c.nc.Close()
		return fmt.Errorf("drain connection: %w", ctx.Err())
	}
}

// Trouble says what keeps the connection from doing all that it is used for, ""
// where nothing does: the broker is away, or has refused a subject lately.
func (c *Conn) Trouble() string {
	if status := c.nc.Status(); status != nats.CONNECTED && status != nats.DRAINING_SUBS && status != nats.DRAINING_PUBS {
		text := "not connected to NATS"
		if err := c.nc.LastError(); err != nil {
			text += ": " + err.Error()
		}
		return text
	}
	return c.denied.trouble(time.Now())
}

func (c *Conn) checkJetStream(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	ctx, judge := c.Asking(ctx, subjectAccountInfo)
	_, err := c.js.AccountInfo(ctx)
	var denied *deniedError
	switch err = judge(err); {
	case err == nil, errors.As(err, &denied) && !denied.inbox():
		// An account may be used without the right to look at its limits.
		return nil
	case denied != nil:
		return fmt.Errorf("use NATS at %s: %w", c.nc.ConnectedUrlRedacted(), err)
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("the NATS server at %s has no JetStream: start it with JetStream enabled: %w",
			c.nc.ConnectedUrlRedacted(), err)
	default:
		return noted(Away(err), fmt.Errorf("JetStream at %s does not answer: %w", c.nc.ConnectedUrlRedacted(), err))
	}
}
