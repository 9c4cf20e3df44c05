package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// window bounds what one call has in flight: more gains nothing and
	// starves other users of the connection.
	window      = 64
	windowBytes = 4 << 20
	minBackoff  = 10 * time.Millisecond
	maxBackoff  = 2 * time.Second
	// patience is after how many attempts the log says that publishing is held
	// up: about half a second.
	patience = 6
)

// Publish stores a message in its stream and returns once the broker has it.
// What can mend itself (no connection, no space, no leader) is tried again
// with the same message id until ctx ends; the error then holds both ctx's and
// the last reason. ErrTooLarge, ErrDenied, ErrInvalid and ErrOutOfStep come at
// once.
func (c *Conn) Publish(ctx context.Context, m Message) error {
	return c.publish(ctx, []Message{m})
}

// PublishAll is Publish for a set of messages, several in flight at a time. On
// an error some of them may be stored; publishing all of them again is
// harmless because of their ids.
func (c *Conn) PublishAll(ctx context.Context, messages []Message) error {
	return c.publish(ctx, messages)
}

// flight is a message on its way.
type flight struct {
	msg    *nats.Msg
	buffer *[]byte
	future jetstream.PubAckFuture
	err    error
}

func (c *Conn) publish(ctx context.Context, messages []Message) error {
	for len(messages) > 0 {
		n, size := 0, 0
		for n < len(messages) && n < window && (n == 0 || size+len(messages[n].Data) <= windowBytes) {
			size += len(messages[n].Data)
			n++
		}
		if err := c.publishWindow(ctx, messages[:n]); err != nil {
			return err
		}
		messages = messages[n:]
	}
	return nil
}

// publishWindow publishes a few messages. It repeats them in their order from
// the first one that failed, so that the order in the stream stays.
func (c *Conn) publishWindow(ctx context.Context, messages []Message) error {
	flights := make([]flight, len(messages))
	// A buffer goes back to the pool only when its message is acknowledged;
	// otherwise the client may still hold it and the collector takes it.
	for i := range messages {
		var err error
		if flights[i].msg, flights[i].buffer, err = c.encode(&messages[i]); err != nil {
			return err
		}
	}
	var stalled bool
	for attempt := 0; ; attempt++ {
		done, err := c.attempt(ctx, flights)
		flights = flights[done:]
		if err == nil {
			if stalled {
				c.logger.Info("publishing goes on", slog.String("subject", messages[0].Subject))
			}
			return nil
		}
		if done > 0 {
			attempt = 0
		}
		err = c.classify(flights[0].msg, err)
		if permanent(err) {
			return err
		}
		c.metrics.retries.Add(ctx, 1, reason(retryReason(err)))
		// The first failures are what every reconnect brings; what lasts is told once.
		if !stalled && (attempt >= patience || errors.Is(err, ErrFull)) {
			stalled = true
			c.logger.Warn("publishing is held up, trying on", slog.Any("error", err))
		}
		if !sleep(ctx, backoff(attempt)) {
			return fmt.Errorf("%w: %w", err, ctx.Err())
		}
	}
}

// attempt publishes all flights once and returns how many, counted from the
// first, the broker has, with the error of the next one.
func (c *Conn) attempt(ctx context.Context, flights []flight) (int, error) {
	start := time.Now()
	for i := range flights {
		f := &flights[i]
		f.future, f.err = c.js.PublishMsgAsync(f.msg, jetstream.WithRetryAttempts(0))
		if f.err != nil {
			flights = flights[:i+1]
			break
		}
	}
	for i := range flights {
		if err := c.await(ctx, &flights[i], start); err != nil {
			return i, err
		}
		c.release(flights[i].buffer)
	}
	return len(flights), nil
}

// await waits for the broker's answer. It does not come where the broker refuses
// the subject, which it says beside.
func (c *Conn) await(ctx context.Context, f *flight, start time.Time) error {
	if f.err != nil {
		return f.err
	}
	for {
		news := c.denied.next()
		if err := c.denied.since(start, f.msg.Subject); err != nil {
			return err
		}
		select {
		case ack := <-f.future.Ok():
			c.metrics.published.Add(ctx, 1)
			if ack.Duplicate {
				c.metrics.duplicates.Add(ctx, 1)
			}
			return nil
		case err := <-f.future.Err():
			return err
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// classify gives the broker's error one of this package's names where it has
// one, and says which subject it was.
func (c *Conn) classify(m *nats.Msg, err error) error {
	var api *jetstream.APIError
	switch {
	case c.nc.IsClosed() && !errors.Is(err, nats.ErrConnectionClosed):
		return fmt.Errorf("publish on %q: %w: %w", m.Subject, nats.ErrConnectionClosed, err)
	case errors.As(err, &api) && (api.ErrorCode == codeStoreFailed || api.ErrorCode == codeInsufficient):
		return fmt.Errorf("publish on %q: %w: %w", m.Subject, ErrFull, err)
	case errors.As(err, &api) && api.ErrorCode == codeTooLarge, errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("publish on %q: %w: %d bytes: %w", m.Subject, ErrTooLarge, m.Size(), err)
	case errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant):
		return fmt.Errorf("publish on %q: %w: %w", m.Subject, ErrOutOfStep, err)
	case errors.Is(err, ErrDenied):
		return fmt.Errorf("publish on %q: %w", m.Subject, err)
	case errors.Is(err, nats.ErrBadSubject):
		return fmt.Errorf("publish on %q: %w: %w", m.Subject, ErrInvalid, err)
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return fmt.Errorf("publish on %q: no stream takes it (is the broker provisioned?): %w", m.Subject, err)
	default:
		return fmt.Errorf("publish on %q: %w", m.Subject, err)
	}
}

func permanent(err error) bool {
	return errors.Is(err, ErrTooLarge) || errors.Is(err, ErrDenied) || errors.Is(err, ErrInvalid) ||
		errors.Is(err, ErrOutOfStep) || errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrConnectionDraining) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded)
}

func retryReason(err error) string {
	switch {
	case errors.Is(err, ErrFull):
		return "full"
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return "no_stream"
	case errors.Is(err, jetstream.ErrAsyncPublishTimeout):
		return "timeout"
	case errors.Is(err, nats.ErrDisconnected), errors.Is(err, nats.ErrReconnectBufExceeded):
		return "disconnected"
	default:
		return "other"
	}
}

// backoff doubles up to a limit, with jitter over its upper half.
func backoff(attempt int) time.Duration {
	d := min(maxBackoff, minBackoff<<min(attempt, 10))
	return d/2 + rand.N(d/2+1)
}

// sleep waits and reports whether ctx still lives.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
