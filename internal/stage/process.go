package stage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/metric"

	"github.com/weirsec/weir/internal/bus"
)

const (
	// crashFactor times MaxAttempts deliveries without any outcome mean that a
	// message takes the process down with it.
	crashFactor = 3
	// pinHeader is where the broker tells its id for the owner.
	pinHeader = "Nats-Pin-Id"
)

// process gives one message one attempt: handle, publish, commit, acknowledge. A
// message whose turn has not come when the partition is given up is handed back.
func (p *partition) process(owned, ctx context.Context, m jetstream.Msg) {
	beat := startHeartbeat(m, p.r.cfg.AckWait/3)
	defer beat.stop()
	received := time.Now()
	msg, err := bus.Receive(m)
	if pin := m.Headers().Get(pinHeader); pin != "" {
		p.pin = pin
	}
	switch {
	case err != nil && msg.StreamSeq == 0:
		// Not a message of a consumer at all: nothing can be said about it.
		p.logger.ErrorContext(ctx, "message without metadata", slog.Any("error", err))
		return
	case p.finished(msg):
		// Its acknowledgement came too late or was lost; its outputs were not.
		p.ack(ctx, m, p.r.metrics.duplicate)
		return
	}
	release, ok := p.turn(owned, ctx)
	if !ok {
		p.handBack(ctx, m)
		return
	}
	in, outputs, ok := p.attempt(ctx, m, msg, received, err)
	release()
	if !ok {
		return
	}
	if time.Since(received) > p.r.cfg.AckWait && p.fenced(ctx) {
		// Whoever has it now publishes the same, and goes on from there.
		p.logger.InfoContext(ctx, "another instance has taken the partition over in the meantime")
		p.statePin = ""
		p.handBack(ctx, m)
		return
	}
	if err := p.publish(ctx, outputs); err != nil {
		p.notPublished(ctx, m, msg, err)
		return
	}
	p.committed(ctx, in, outputs)
	p.finish(msg.StreamSeq)
	p.ack(ctx, m, p.r.metrics.acked)
	p.setTrouble(ctx, nil)
}

// attempt has a message handled, with all before it remembered; it has seen to
// the message itself where there is nothing to publish.
func (p *partition) attempt(
	ctx context.Context, m jetstream.Msg, msg bus.Received, received time.Time, unreadable error,
) (in Message, outputs []Output, ok bool) {
	if err := p.remember(ctx, msg); err != nil {
		p.notRemembered(ctx, m, err)
		return in, nil, false
	}
	switch {
	case p.finished(msg):
		// What is remembered goes further than the broker knows.
		p.ack(ctx, m, p.r.metrics.duplicate)
		return in, nil, false
	case unreadable != nil:
		p.deadLetter(ctx, m, msg, unreadable)
		return in, nil, false
	case msg.Delivered > uint64(crashFactor*p.r.cfg.MaxAttempts):
		p.deadLetter(ctx, m, msg, fmt.Errorf("delivered %d times without an outcome", msg.Delivered))
		return in, nil, false
	}
	in = Message{
		Subject: msg.Subject, Partition: p.number, ID: msg.ID, StreamSeq: msg.StreamSeq,
		Delivered: msg.Delivered, Received: received, Stored: msg.Time, Since: p.since, Data: msg.Data,
	}
	outputs, err := p.handle(ctx, in)
	if err != nil {
		p.failed(ctx, m, msg, err)
		return in, nil, false
	}
	return in, outputs, true
}

// finish notes that all messages up to one are finished, and that the handler
// knows of no later one.
func (p *partition) finish(seq uint64) { p.done, p.ahead = seq, false }

// finished reports whether a message has been handled to its end before. A
// consumer that was rewound delivers old messages as if they were new: they are
// handled again, unless the handler remembers them.
func (p *partition) finished(msg bus.Received) bool {
	if msg.StreamSeq == p.done && msg.Delivered > 1 {
		return true
	}
	_, remembers := p.handler.(Keeper)
	return remembers && p.statePin != "" && msg.StreamSeq <= p.done
}

// remember makes sure that the handler remembers all that was handled before a
// message. Under one pin nobody else has handled any.
func (p *partition) remember(ctx context.Context, msg bus.Received) error {
	if p.statePin != "" && p.statePin == p.pin {
		return nil
	}
	if err := p.catchUp(ctx, msg.StreamSeq-1); err != nil {
		return err
	}
	p.statePin = p.pin
	return nil
}

func (p *partition) notRemembered(ctx context.Context, m jetstream.Msg, err error) {
	if over(ctx) {
		p.handBack(ctx, m)
		return
	}
	p.retry(ctx, m, p.r.cfg.MaxBackoff, err)
}

// handle calls the handler; a panic becomes an error, because one message must
// not take the others down.
func (p *partition) handle(ctx context.Context, in Message) (outputs []Output, err error) {
	start := time.Now()
	p.ahead = true
	defer func() {
		if v := recover(); v != nil {
			err = p.panicked(ctx, v)
		}
		p.r.metrics.took(ctx, p.r.metrics.handle, start)
	}()
	return p.handler.Handle(ctx, in)
}

func (p *partition) publish(ctx context.Context, outputs []Output) error {
	if len(outputs) == 0 {
		return nil
	}
	start := time.Now()
	if err := p.r.conn.PublishAll(ctx, outputs); err != nil {
		return err
	}
	p.r.metrics.took(ctx, p.r.metrics.publish, start)
	p.r.metrics.outputs.Add(ctx, int64(len(outputs)), p.r.metrics.base)
	return nil
}

// committed tells the handler; the outputs are safe, so that not even a panic
// changes the outcome.
func (p *partition) committed(ctx context.Context, in Message, outputs []Output) {
	committer, ok := p.handler.(Committer)
	if !ok {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			p.setTrouble(ctx, p.panicked(ctx, v))
		}
	}()
	committer.Committed(ctx, in, outputs, time.Now())
}

func (p *partition) panicked(ctx context.Context, v any) error {
	p.r.metrics.panics.Add(ctx, 1, p.r.metrics.base)
	// The text of a panic may come from a payload; the stack is for us.
	p.logger.DebugContext(ctx, "handler panicked", slog.String("stack", string(debug.Stack())))
	return fmt.Errorf("handler panicked: %v", v)
}

// failed deals with an error of the handler.
func (p *partition) failed(ctx context.Context, m jetstream.Msg, msg bus.Received, err error) {
	if ctx.Err() != nil {
		// The handler was cut short; that is not the message's fault.
		p.handBack(ctx, m)
		return
	}
	if p.failedSeq != msg.StreamSeq {
		p.failedSeq, p.failures = msg.StreamSeq, 0
	}
	p.failures++
	if IsPermanent(err) || p.failures >= p.r.cfg.MaxAttempts {
		p.deadLetter(ctx, m, msg, err)
		return
	}
	p.retry(ctx, m, p.backoff(), err)
}

// notPublished deals with outputs that the broker did not take.
func (p *partition) notPublished(ctx context.Context, m jetstream.Msg, msg bus.Received, err error) {
	switch {
	case ctx.Err() != nil:
		p.handBack(ctx, m)
	case errors.Is(err, bus.ErrTooLarge), errors.Is(err, bus.ErrInvalid):
		p.deadLetter(ctx, m, msg, err)
	default:
		// Missing rights are the operator's to mend and hit every message: giving
		// messages up would only empty the stream.
		p.retry(ctx, m, p.r.cfg.MaxBackoff, err)
	}
}

func (p *partition) retry(ctx context.Context, m jetstream.Msg, delay time.Duration, err error) {
	p.setTrouble(ctx, err)
	p.r.metrics.messages.Add(ctx, 1, p.r.metrics.retried)
	if err := m.NakWithDelay(delay); err != nil {
		// It comes again after AckWait then.
		p.logger.DebugContext(ctx, "message not handed back", slog.Any("error", err))
	}
}

// handBack gives a message back that has not been handled.
func (p *partition) handBack(ctx context.Context, m jetstream.Msg) {
	p.r.metrics.messages.Add(ctx, 1, p.r.metrics.handedBack)
	if err := m.Nak(); err != nil {
		p.logger.DebugContext(ctx, "message not handed back", slog.Any("error", err))
	}
}

func (p *partition) ack(ctx context.Context, m jetstream.Msg, outcome metric.AddOption) {
	p.r.metrics.messages.Add(ctx, 1, outcome)
	if err := m.Ack(); err != nil {
		// It comes again and is known as a duplicate then.
		p.logger.DebugContext(ctx, "message not acknowledged", slog.Any("error", err))
	}
}

// backoff doubles with each failure, with jitter over its upper half.
func (p *partition) backoff() time.Duration {
	d := min(p.r.cfg.MaxBackoff, p.r.cfg.MinBackoff<<min(p.failures-1, 16))
	return d/2 + rand.N(d/2+1)
}

// setTrouble logs when attempts begin to fail and when they succeed again,
// not each of them.
func (p *partition) setTrouble(ctx context.Context, err error) {
	switch {
	case err != nil && !p.troubled:
		p.logger.WarnContext(ctx, "message failed, trying again", slog.Any("error", err))
	case err == nil && p.troubled:
		p.logger.InfoContext(ctx, "messages succeed again")
	}
	p.troubled = err != nil
}
