package stage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
)

// queueLength is more than the broker ever sends ahead: one message that is
// not acknowledged, and its repetitions where this process was too slow.
const queueLength = 16

const (
	unpinTimeout = 2 * time.Second
	// openWait is how long a stage waits for the broker when it starts, in
	// requests of at most requestTimeout.
	openWait       = 30 * time.Second
	openRetry      = 250 * time.Millisecond
	requestTimeout = 5 * time.Second
)

// partition is the loop over one partition.
type partition struct {
	r        *Runner
	number   int
	handler  Handler
	consumer jetstream.Consumer
	queue    chan jetstream.Msg
	logger   *slog.Logger

	// lastAcked is the stream sequence of the last finished message, failedSeq
	// and failures those of the message that failed last.
	lastAcked, failedSeq uint64
	failures             int
	// pin is the broker's id for this client as the owner.
	pin string
	// troubled is set while the last attempt of any message failed; reported is
	// when a dead letter was last logged.
	troubled bool
	reported time.Time
}

func newPartition(r *Runner, number int, handler Handler) *partition {
	return &partition{
		r: r, number: number, handler: handler, queue: make(chan jetstream.Msg, queueLength),
		logger: r.set.Logger.With(slog.Int("partition", number)),
	}
}

// open creates the partition's consumer or finds it. A broker that has no
// leader just now gets some time.
func (p *partition) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	for {
		consumer, err := p.create(ctx)
		if err == nil {
			p.consumer = consumer
			return nil
		}
		var api *jetstream.APIError
		refused := errors.As(err, &api) && api.Code < 500 || errors.Is(err, bus.ErrDenied)
		if refused || !waitFor(ctx, openRetry) {
			return fmt.Errorf("consumer %s of stream %s: %w", p.name(), p.r.cfg.Stream, err)
		}
		p.logger.DebugContext(ctx, "consumer not ready", slog.Any("error", err))
	}
}

// create finds the partition's consumer, which takes no right to create any, or
// makes it.
func (p *partition) create(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	ctx, judge := p.r.conn.Asking(ctx, consumerRequests(p.r.cfg.Stream, p.name())...)
	consumer, err := p.r.conn.JetStream().Consumer(ctx, p.r.cfg.Stream, p.name())
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		consumer, err = p.r.conn.JetStream().CreateOrUpdateConsumer(ctx, p.r.cfg.Stream, consumerConfig(p.r.cfg, p.number))
	}
	return consumer, judge(err)
}

// run takes messages until ctx ends. The client's goroutine only queues them,
// so that it can keep the pin alive while a handler works.
func (p *partition) run(ctx context.Context) error {
	// Once a message is in hand, the end of ctx gives it StopWait more.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	failed := make(chan error, 1)
	consuming, err := p.consumer.Consume(func(m jetstream.Msg) { p.queue <- m },
		jetstream.PullMaxMessages(queueLength),
		jetstream.PullExpiry(max(p.r.cfg.PinnedTTL/pullsPerPin, minPullExpiry)),
		jetstream.PullPriorityGroup(pinGroup),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { p.onError(ctx, err, failed) }))
	if err != nil {
		return fmt.Errorf("read with %s: %w", p.name(), err)
	}
	stopped := context.AfterFunc(ctx, func() {
		// Nothing new is sent while the message in hand is finished.
		consuming.Drain()
		stopAfter(work, cancel, p.r.cfg.StopWait)
	})
	defer stopped()
	err = p.loop(ctx, work, failed)
	consuming.Drain()
	p.handBackAll(work, consuming.Closed())
	p.unpin(context.WithoutCancel(ctx))
	return err
}

func (p *partition) loop(ctx, work context.Context, failed <-chan error) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return fmt.Errorf("read with %s: %w", p.name(), err)
		case m := <-p.queue:
			if over(ctx) {
				p.handBack(work, m)
				return nil
			}
			p.process(work, m)
		}
	}
}

// onError gets what the client has to say about its pull requests; it goes on
// by itself after all but what ends up in failed.
func (p *partition) onError(ctx context.Context, err error, failed chan<- error) {
	switch {
	case errors.Is(err, jetstream.ErrConsumerDeleted), errors.Is(err, jetstream.ErrBadRequest),
		errors.Is(err, jetstream.ErrConnectionClosed):
		select {
		case failed <- err:
		default:
		}
	case errors.Is(err, jetstream.ErrPinIDMismatch):
		p.logger.InfoContext(ctx, "another instance has taken the partition over")
	default:
		p.logger.DebugContext(ctx, "reading was interrupted", slog.Any("error", err))
	}
}

// handBackAll gives back what was sent ahead, until the client has handed
// over all it had.
func (p *partition) handBackAll(ctx context.Context, closed <-chan struct{}) {
	for {
		select {
		case m := <-p.queue:
			p.handBack(ctx, m)
		case <-closed:
			for {
				select {
				case m := <-p.queue:
					p.handBack(ctx, m)
				default:
					return
				}
			}
		}
	}
}

// unpin lets another instance have the partition at once, where this one has
// been its owner; without it the others wait for PinnedTTL.
func (p *partition) unpin(ctx context.Context) {
	if p.pin == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, unpinTimeout)
	defer cancel()
	info, err := p.consumer.Info(ctx)
	if err != nil {
		p.logger.DebugContext(ctx, "partition not unpinned", slog.Any("error", err))
		return
	}
	for _, group := range info.PriorityGroups {
		if group.PinnedClientID != p.pin {
			continue
		}
		stream, err := p.r.conn.JetStream().Stream(ctx, p.r.cfg.Stream)
		if err == nil {
			err = stream.UnpinConsumer(ctx, p.name(), pinGroup)
		}
		if err != nil {
			p.logger.DebugContext(ctx, "partition not unpinned", slog.Any("error", err))
		}
	}
}

func (p *partition) name() string { return consumerName(p.r.cfg.Stage, p.number) }

// stopAfter cancels after a time, unless work ends by itself before.
func stopAfter(work context.Context, cancel context.CancelFunc, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		cancel()
	case <-work.Done():
	}
}

func over(ctx context.Context) bool { return ctx.Err() != nil }

// waitFor waits and reports whether ctx still lives.
func waitFor(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
