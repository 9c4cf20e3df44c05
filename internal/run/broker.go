package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
)

// The pauses between attempts to reach a broker that is not there.
const (
	minReconnect = 250 * time.Millisecond
	maxReconnect = 5 * time.Second
)

// Broker is a service's connection, which may come about late. It is safe for
// use by many goroutines.
type Broker struct {
	// open connects and makes the streams, once.
	open   func(ctx context.Context) (*bus.Conn, error)
	logger *slog.Logger
	// there is closed once conn is set.
	there chan struct{}
	conn  *bus.Conn

	mu sync.Mutex
	// why is the reason of the last attempt, since when the first one failed.
	why   error
	since time.Time
}

func newBroker(logger *slog.Logger, open func(ctx context.Context) (*bus.Conn, error)) *Broker {
	return &Broker{open: open, logger: logger, there: make(chan struct{})}
}

// Conn returns the connection, and waits for it until ctx ends.
func (b *Broker) Conn(ctx context.Context) (*bus.Conn, error) {
	select {
	case <-b.there:
		return b.conn, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for NATS: %w", errors.Join(ctx.Err(), b.reason()))
	}
}

// Publish is that of the connection, once there is one: until then it waits, as
// it does while the broker is away.
func (b *Broker) Publish(ctx context.Context, m stage.Output) error {
	conn, err := b.Conn(ctx)
	if err != nil {
		return err
	}
	return conn.Publish(ctx, m)
}

// LastRaw is that of the connection, once there is one.
func (b *Broker) LastRaw(ctx context.Context, node string) (m bus.Received, ok bool, err error) {
	conn, err := b.Conn(ctx)
	if err != nil {
		return m, false, err
	}
	return conn.LastRaw(ctx, node)
}

// Trouble says what is wrong with the connection, "" for nothing.
func (b *Broker) Trouble() string {
	select {
	case <-b.there:
		return b.conn.Trouble()
	default:
	}
	if why := b.reason(); why != nil {
		return "not connected to NATS: " + why.Error()
	}
	return "not connected to NATS yet"
}

func (b *Broker) reason() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.why
}

// try connects where that has not succeeded yet. Its error is ErrAway where it
// may be tried again, or final.
func (b *Broker) try(ctx context.Context) error {
	select {
	case <-b.there:
		return nil
	default:
	}
	conn, err := b.open(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.why = err
	if err != nil {
		if b.since.IsZero() {
			b.since = time.Now()
		}
		return err
	}
	if !b.since.IsZero() {
		b.logger.LogAttrs(ctx, slog.LevelInfo, "NATS is there", slog.Duration("after", time.Since(b.since).Round(time.Millisecond)))
	}
	b.conn = conn
	close(b.there)
	return nil
}

// run tries until there is a connection, and returns nil then or when ctx ends.
// What waiting cannot mend, such as wrong credentials, it returns at once.
func (b *Broker) run(ctx context.Context) error {
	for pause := minReconnect; ; pause = min(2*pause, maxReconnect) {
		err := b.try(ctx)
		switch {
		case err == nil || ctx.Err() != nil:
			return nil //nolint:nilerr // whoever ended ctx knows
		case !bus.Away(err):
			return err
		}
		b.logger.LogAttrs(ctx, slog.LevelDebug, "NATS does not answer yet", slog.Any("error", err))
		timer := time.NewTimer(pause/2 + rand.N(pause/2))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
	}
}

// close closes the connection, if there is one.
func (b *Broker) close(ctx context.Context) error {
	select {
	case <-b.there:
		return b.conn.Close(ctx)
	default:
		return nil
	}
}
