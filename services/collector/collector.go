package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

const stageName = "collector"

// Publisher hands a message to the broker. Publish blocks until the broker has
// it, trying again as long as that can help; an error is final, or ctx's.
type Publisher interface {
	Publish(ctx context.Context, m stage.Output) error
}

// Collector publishes what a Source has.
type Collector struct {
	cfg     Config
	src     Source
	pub     Publisher
	set     stage.Settings
	queue   *queue
	losses  *losses
	metrics *metrics
}

// New returns a Collector that has not begun. The error says which setting
// cannot work.
func New(cfg Config, src Source, pub Publisher, set stage.Settings) (*Collector, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if set.Logger == nil {
		set.Logger = slog.New(slog.DiscardHandler)
	}
	q := newQueue()
	m, err := newMetrics(set.Meter, q)
	if err != nil {
		return nil, fmt.Errorf("collector: metrics: %w", err)
	}
	return &Collector{cfg: cfg, src: src, pub: pub, set: set, queue: q, losses: new(losses), metrics: m}, nil
}

// Run collects until ctx ends or the source has no more, and then returns nil
// once the broker has everything. Events that it could not hand over within
// Config.StopTimeout are an error. Run must be called once.
func (c *Collector) Run(ctx context.Context) error {
	bootTime, since, err := readClocks()
	if err != nil {
		return err
	}
	hard, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	defer context.AfterFunc(ctx, func() {
		// Whichever comes first: everything is published, or time is up.
		select {
		case <-time.After(c.cfg.StopTimeout):
			giveUp()
		case <-hard.Done():
		}
	})()
	b := &batcher{
		cfg: c.cfg, instance: c.set.Instance, bootTime: bootTime, seq: uint64(since),
		queue: c.queue, losses: c.losses, metrics: c.metrics, stop: hard, beats: heartbeat{first: c.cfg.Heartbeat},
	}
	var g errgroup.Group
	g.Go(func() error {
		c.publishAll(hard)
		return nil
	})
	err = c.src.Run(ctx, b)
	b.end()
	c.queue.close()
	_ = g.Wait()
	return errors.Join(err, c.leftOver())
}

// publishAll sends batches in order until the queue is closed and empty.
func (c *Collector) publishAll(ctx context.Context) {
	for {
		b := c.queue.next(ctx)
		if b == nil {
			return
		}
		err := c.publish(ctx, b)
		if err != nil && ctx.Err() != nil {
			return // leftOver counts it.
		}
		if err != nil {
			c.set.Logger.ErrorContext(ctx, "batch refused", slog.Any("error", err),
				slog.Uint64("first_seq", b.raw.Envelope.FirstSeq))
			c.refused(b)
		}
		c.queue.done()
	}
}

// refused turns a batch that the broker will never take into a loss.
func (c *Collector) refused(b *batch) {
	for _, l := range b.raw.Envelope.Losses {
		c.losses.add(l)
	}
	c.count(b, "refused")
}

// count makes a loss of the events of a batch.
func (c *Collector) count(b *batch, reason string) (total uint64) {
	env := b.raw.Envelope
	b.events(func(name string, n uint32) {
		total += uint64(n)
		c.metrics.lost(reason, name, uint64(n))
		c.losses.add(&eventpb.Loss{
			Stage: stageName, Reason: reason, Event: name, Count: uint64(n),
			FirstTime: env.MinTime, LastTime: env.MaxTime,
		})
	})
	return total
}

// leftOver counts what was not published when Run had to give up.
func (c *Collector) leftOver() error {
	var total uint64
	for _, b := range c.queue.items {
		total += c.count(b, "stopped")
	}
	if total == 0 {
		return nil
	}
	return fmt.Errorf("collector: %d events not published within %s", total, c.cfg.StopTimeout)
}

func (c *Collector) publish(ctx context.Context, b *batch) error {
	env := b.raw.Envelope
	env.Stamps[len(env.Stamps)-1].Out = time.Now().UnixNano()
	data, err := b.raw.MarshalVT()
	if err != nil {
		return fmt.Errorf("collector: marshal batch: %w", err)
	}
	if err := c.pub.Publish(ctx, output(c.cfg.Subject(env.Node), env, data)); err != nil {
		return fmt.Errorf("collector: publish: %w", err)
	}
	c.metrics.published(b, len(data))
	return nil
}

// output is the message of a batch; its headers repeat what consumers route by.
func output(subject string, env *eventpb.Envelope, data []byte) stage.Output {
	first := strconv.FormatUint(env.FirstSeq, 10)
	id := env.Node + "/" + env.BootId + "/" + first
	if env.Schema == record.SchemaEvents || record.Silent(env) {
		// How a stream of events falls into batches depends on how it comes: one
		// that begins alike but is longer is no repetition. One without events has
		// the number of the next one that has some.
		id += "+" + strconv.FormatUint(uint64(env.Count), 10)
	}
	return stage.Output{
		Subject: subject, ID: id,
		Data: data, ContentType: "application/x-protobuf",
		Header: map[string]string{
			"Weir-Node": env.Node, "Weir-Boot": env.BootId, "Weir-First-Seq": first,
			"Weir-Count":    strconv.FormatUint(uint64(env.Count), 10),
			"Weir-Min-Time": strconv.FormatInt(env.MinTime, 10),
			"Weir-Max-Time": strconv.FormatInt(env.MaxTime, 10),
			"Weir-Schema":   strconv.FormatUint(uint64(env.Schema), 10),
		},
	}
}
