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
	// queueBytes bounds what is sent ahead, above the largest message and far
	// below what makes the client drop messages.
	queueBytes   = 8 << 20
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
	// created is when the stream was made, since when this stage began to read it,
	// as far as it remembers; fresh says that it has handled nothing yet.
	created, since time.Time
	fresh          bool
	queue          chan jetstream.Msg
	logger         *slog.Logger
	// orders and questions come from outside.
	orders    chan order
	questions chan question

	// end has the partition given up, once it is owned.
	end func()

	// done is the stream sequence of the last finished message; where the handler
	// remembers messages, it remembers all up to this one. failedSeq and failures
	// are those of the message that failed last.
	done, failedSeq uint64
	failures        int
	// ahead is set while the handler may have seen the message after that too.
	ahead bool
	// pin is the broker's id for this client as the owner, statePin the one under
	// which the handler has seen all messages.
	pin, statePin string
	// mute is set once it was told that reminding fails.
	mute bool
	// hurried is set where the next checkpoint must not wait.
	hurried bool
	// troubled is set while the last attempt of any message failed; reported is
	// when a dead letter was last logged.
	troubled bool
	reported time.Time
}

func newPartition(r *Runner, number int, handler Handler) *partition {
	return &partition{
		r: r, number: number, handler: handler, queue: make(chan jetstream.Msg, queueLength),
		orders: make(chan order, 1), questions: make(chan question),
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
			if err = p.begins(ctx); err == nil {
				return nil
			}
		}
		var api *jetstream.APIError
		refused := errors.As(err, &api) && api.Code < 500 || errors.Is(err, bus.ErrDenied)
		if refused || !waitFor(ctx, openRetry) {
			return fmt.Errorf("consumer %s of stream %s: %w", p.name(), p.r.cfg.Stream, err)
		}
		p.logger.DebugContext(ctx, "consumer not ready", slog.Any("error", err))
	}
}

// begins finds out when the stream was made, which tells it from an earlier one
// whose checkpoints are still there, and since when this stage has read it: from
// the beginning, as long as the stream has given up nothing, or since it has its
// consumer.
func (p *partition) begins(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	stream, err := p.r.conn.JetStream().Stream(ctx, p.r.cfg.Stream)
	if err != nil {
		return err
	}
	info, consumer := stream.CachedInfo(), p.consumer.CachedInfo()
	p.created, p.since, p.fresh = info.Created, info.Created, consumer.AckFloor.Consumer == 0
	if info.State.FirstSeq > 1 {
		p.since = consumer.Created
	}
	return nil
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

// run owns the partition whenever it is told to, until ctx ends.
func (p *partition) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case o := <-p.orders:
			if !o.own {
				continue
			}
			if err := p.own(ctx, o.orphaned); err != nil {
				return err
			}
		}
	}
}

// own takes messages until ctx ends or another instance is to own the partition,
// then finishes the message in hand and lets go. The client's goroutine only
// queues messages, so that it can keep the pin alive while a handler works.
func (p *partition) own(ctx context.Context, orphaned bool) error {
	// A consumer that knows no earlier pin, and how far it is.
	if err := p.open(ctx); err != nil {
		if over(ctx) {
			return nil
		}
		return err
	}
	owned, end := context.WithCancel(ctx)
	defer end()
	p.end = end
	// Once a message is in hand, the end gives it StopWait more.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if orphaned {
		p.unpin(ctx, func(pinned string) bool { return pinned != "" })
	}
	p.pin, p.statePin = "", ""
	p.prepare(owned)
	saving := startSaver(work, p)
	failed := make(chan error, 1)
	consuming, err := p.consumer.Consume(func(m jetstream.Msg) { p.queue <- m },
		jetstream.PullMaxMessagesWithBytesLimit(queueLength, queueBytes),
		jetstream.PullExpiry(max(p.r.cfg.PinnedTTL/pullsPerPin, minPullExpiry)),
		jetstream.PullPriorityGroup(pinGroup),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { p.onError(ctx, err, failed) }))
	if err != nil {
		saving.finish(work)
		return fmt.Errorf("read with %s: %w", p.name(), err)
	}
	stopped := context.AfterFunc(owned, func() {
		// Nothing new is sent while the message in hand is finished.
		consuming.Drain()
		time.AfterFunc(p.r.cfg.StopWait, cancel)
	})
	defer stopped()
	release := p.announce(owned)
	err = p.loop(owned, work, saving, failed)
	release()
	consuming.Drain()
	p.handBackAll(work, consuming.Closed())
	saving.finish(work)
	p.forget(ctx)
	// The broker may have pinned this instance for a message that it has not looked
	// at. Who else is pinned by now is pinned again with its next request.
	p.unpin(context.WithoutCancel(ctx), func(string) bool { return true })
	return err
}

// prepare has the handler remember what the last checkpoint has: the owner before
// may still be at work. What was handled since follows with the first message.
func (p *partition) prepare(ctx context.Context) {
	keeper, ok := p.handler.(Keeper)
	if !ok {
		return
	}
	if err := p.load(ctx, keeper); err != nil {
		p.logger.DebugContext(ctx, "no checkpoint loaded yet", slog.Any("error", err))
	}
}

// settle has the handler remember what was handled before where no message has
// come since the partition is owned, which would have done so.
func (p *partition) settle(ctx context.Context) {
	if _, ok := p.handler.(Keeper); !ok || p.statePin != "" {
		return
	}
	asking, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	info, err := p.consumer.Info(asking)
	if err == nil {
		err = p.catchUp(ctx, info.AckFloor.Stream)
	}
	if err != nil {
		p.logger.DebugContext(ctx, "not caught up yet", slog.Any("error", err))
	}
}

// announce tells whoever is interested that the partition is owned.
func (p *partition) announce(owned context.Context) (release func()) {
	if p.r.cfg.Owned == nil {
		return func() {}
	}
	if release = p.r.cfg.Owned(p.number, p.asker(owned)); release == nil {
		return func() {}
	}
	return release
}

// forget has the handler remember nothing: another one does now.
func (p *partition) forget(ctx context.Context) {
	keeper, ok := p.handler.(Keeper)
	if !ok {
		return
	}
	if err := p.restore(ctx, keeper, nil); err != nil {
		p.logger.WarnContext(ctx, "handler does not forget", slog.Any("error", err))
	}
}

func (p *partition) loop(owned, work context.Context, saving *saver, failed <-chan error) error {
	// A checkpoint is due also where no more messages come.
	tick := time.NewTicker(p.r.cfg.CheckpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-owned.Done():
			return nil
		case err := <-failed:
			return fmt.Errorf("read with %s: %w", p.name(), err)
		case o := <-p.orders:
			p.heed(work, o)
		case q := <-p.questions:
			p.answer(q)
		case <-tick.C:
			p.settle(work)
			p.remind(work)
			saving.due(work)
		case m := <-p.queue:
			if over(owned) {
				p.handBack(work, m)
				return nil
			}
			p.process(owned, work, m)
			saving.due(work)
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

// unpin lets whoever asks next have the partition at once, where the owner that
// the broker knows is the one that is meant; without it the others wait for
// PinnedTTL.
func (p *partition) unpin(ctx context.Context, meant func(pinned string) bool) {
	ctx, cancel := context.WithTimeout(ctx, unpinTimeout)
	defer cancel()
	info, err := p.consumer.Info(ctx)
	if err != nil {
		p.logger.DebugContext(ctx, "partition not unpinned", slog.Any("error", err))
		return
	}
	for _, group := range info.PriorityGroups {
		if group.PinnedClientID == "" || !meant(group.PinnedClientID) {
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

// fenced reports whether another instance has the partition by now, as far as
// the broker tells: this one may have been paused for long.
func (p *partition) fenced(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	info, err := p.consumer.Info(ctx)
	if err != nil {
		// Without the broker nothing can be published either.
		return false
	}
	for _, group := range info.PriorityGroups {
		if group.PinnedClientID != "" && group.PinnedClientID != p.pin {
			return true
		}
	}
	return false
}

func (p *partition) name() string { return consumerName(p.r.cfg.Stage, p.number) }

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
