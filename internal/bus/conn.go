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
	denied  deniedSubjects
	buffers sync.Pool
}

// Connect opens a connection and checks that JetStream answers. Later
// interruptions are mended for ever; only the first attempt fails, with an
// error that names the address.
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
	natsOpts, err := c.options(cfg, o)
	if err != nil {
		return nil, err
	}
	if c.nc, err = dial(ctx, cfg.URL, natsOpts); err != nil {
		return nil, connectError(cfg, err)
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

// dial bounds the client's own connecting, which knows no context.
func dial(ctx context.Context, url string, opts []nats.Option) (*nats.Conn, error) {
	timeout := connectTimeout
	if deadline, ok := ctx.Deadline(); ok {
		timeout = min(timeout, max(time.Until(deadline), time.Millisecond))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nats.Connect(url, append(opts, nats.Timeout(timeout))...)
}

func (c *Conn) checkJetStream(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	_, err := c.js.AccountInfo(ctx)
	switch {
	case err == nil, c.deniedAny():
		// An account may be used without the right to look at its limits.
		return nil
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("the NATS server at %s has no JetStream: start it with JetStream enabled: %w",
			c.nc.ConnectedUrlRedacted(), err)
	default:
		return fmt.Errorf("JetStream at %s does not answer: %w", c.nc.ConnectedUrlRedacted(), err)
	}
}
