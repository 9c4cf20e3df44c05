package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
)

const (
	// attemptTime bounds how long a message is published again with nothing but
	// its id to keep it from being stored twice. The broker knows ids for two
	// minutes.
	attemptTime = 20 * time.Second
	// The pauses between attempts after an error that comes at once.
	minPause, maxPause = 50 * time.Millisecond, 2 * time.Second
)

// rememberer is a Publisher that can say what the broker has of a node.
type rememberer interface {
	// LastRaw returns the message of a node that the broker stored last, if any.
	LastRaw(ctx context.Context, node string) (m bus.Received, ok bool, err error)
}

// sender publishes one message after another, each once. Where the fate of one
// is unknown it asks the broker for the last message of the node before it
// publishes again: ids are forgotten when an outage is long. One goroutine at a
// time may use it.
type sender struct {
	pub     Publisher
	log     *slog.Logger
	metrics *metrics
	// attempt is at most attemptTime.
	attempt time.Duration
	// patient says that errors that an operator can mend are waited for: there is
	// a spool behind.
	patient bool
	// doubt says that the broker may have what is sent next.
	doubt bool
	// blind says that the broker cannot be asked.
	blind bool
	// troubled gets the reason when sending has to wait for an operator.
	troubled func(err error)
}

// send returns nil once the broker has the message. An error is ctx's, or says
// that the broker will never take the message.
func (s *sender) send(ctx context.Context, m stage.Output, env *eventpb.Envelope) error {
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		m.After = nil
		if s.doubt {
			stored, err := s.settle(ctx, &m, env)
			if stored {
				s.metrics.stored()
			}
			if stored || err != nil {
				return err
			}
		}
		limited, cancel := context.WithTimeout(ctx, s.attempt)
		err := s.pub.Publish(limited, m)
		expired := limited.Err() != nil
		cancel()
		if err == nil {
			s.doubt = false
			return nil
		}
		s.doubt = true
		switch {
		case ctx.Err() != nil:
			return err
		case expired, errors.Is(err, bus.ErrOutOfStep):
			continue
		case !s.patient, errors.Is(err, bus.ErrTooLarge), errors.Is(err, bus.ErrInvalid):
			return err
		}
		s.troubled(err)
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// settle asks until it is known whether the broker has the message already.
// Where it has not, the message gets to know what it has to come after.
func (s *sender) settle(ctx context.Context, m *stage.Output, env *eventpb.Envelope) (stored bool, err error) {
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		last, ok, err := s.last(ctx, env.Node)
		switch {
		case s.blind:
			s.doubt = false
			return false, nil
		case err == nil && ok && covers(last, env):
			s.doubt = false
			return true, nil
		case err == nil:
			m.After = &last.StreamSeq
			return false, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return false, err
		}
	}
}

// last asks the broker; without the means or the right to ask it sets blind.
func (s *sender) last(ctx context.Context, node string) (m bus.Received, ok bool, err error) {
	from, can := s.pub.(rememberer)
	if !can {
		s.blind = true
	}
	if s.blind {
		return m, false, nil
	}
	m, ok, err = from.LastRaw(ctx, node)
	if errors.Is(err, bus.ErrDenied) {
		s.blind = true
		s.log.LogAttrs(ctx, slog.LevelWarn, "the broker does not say what it has: after an outage of more than two minutes "+
			"a batch may be stored twice", slog.Any("error", err))
	}
	return m, ok, err
}

// sleep waits, or returns ctx's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the broker: %w", ctx.Err())
	}
}
