package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/internal/stage"
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
	set     stage.Settings
	queue   *queue
	losses  *losses
	metrics *metrics
	courier *courier
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
	m, err := newMetrics(set.Meter, q, cfg.Spool)
	if err != nil {
		return nil, fmt.Errorf("collector: metrics: %w", err)
	}
	l := new(losses)
	return &Collector{
		cfg: cfg, src: src, set: set, queue: q, losses: l, metrics: m, courier: newCourier(cfg, q, l, m, pub, set),
	}, nil
}

// Run collects until ctx ends or the source has no more, and then returns nil
// once the broker has everything, or once ctx has ended and the rest is on disk.
// Events that it could not hand over within Config.StopTimeout are an error. Run
// must be called once.
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
		queue: c.queue, losses: c.losses, metrics: c.metrics, spill: c.courier.spill, stop: hard,
		beats: heartbeat{first: c.cfg.Heartbeat}, clock: clockWatch{boot: bootTime, log: c.set.Logger},
	}
	var g errgroup.Group
	g.Go(func() error {
		c.courier.run(hard, ctx)
		return nil
	})
	telling, endTelling := context.WithCancel(hard)
	defer endTelling()
	var told sync.WaitGroup
	told.Go(func() { c.courier.teller.run(telling) })
	err = c.src.Run(ctx, b)
	b.end()
	c.queue.close()
	_ = g.Wait()
	endTelling()
	told.Wait()
	// A broker that cannot store it, as on a full disk, is not waited for.
	last, done := context.WithTimeout(hard, lastTold)
	defer done()
	c.courier.teller.tell(last)
	return errors.Join(err, c.leftOver(), c.lastWords(hard, b))
}

// leftOver counts what was neither published nor kept on disk when Run had to
// give up.
func (c *Collector) leftOver() error {
	var total uint64
	for _, b := range c.queue.items {
		total += c.courier.lose(factsOf(b), "stopped")
	}
	if total == 0 {
		return nil
	}
	return fmt.Errorf("collector: %d events not published within %s", total, c.cfg.StopTimeout)
}

// lastWords tells what is known to be lost and no batch has taken along: the
// broker, or the next process by way of the disk.
func (c *Collector) lastWords(ctx context.Context, b *batcher) error {
	if c.losses.empty() {
		return nil
	}
	last := &batch{raw: b.lossesOnly()}
	if !c.courier.spooling {
		limited, cancel := context.WithTimeout(ctx, c.cfg.SpoolAfter)
		defer cancel()
		err, _ := c.courier.straight(limited, last)
		if err == nil || c.cfg.Spool == nil {
			return err
		}
	}
	_, err := c.courier.keep(last)
	return err
}
