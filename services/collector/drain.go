package collector

import (
	"context"
	"log/slog"
	"time"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/services/collector/spool"
)

// drain publishes what the spool has, as long as ctx lives. It is the only one
// to publish while the spool has something.
func (c *courier) drain(ctx context.Context) {
	s := c.spill.spool
	for {
		e, err := s.Next(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			c.episode.unread(err)
			if sleep(ctx, retrySpool) != nil {
				return
			}
			continue
		}
		if e.Damage != nil {
			c.damaged(e)
		} else if env, err := readFacts(e.Facts); err != nil {
			e.Facts, e.Damage = nil, &spool.DamageError{File: s.Dir(), Reason: err.Error()}
			c.damaged(e)
		} else {
			if !c.aligned {
				if c.align(ctx, env.Node) != nil {
					return
				}
				c.aligned = true
				continue
			}
			if !c.deliver(ctx, env, e.Data) {
				return
			}
		}
		if err := s.Commit(); err != nil {
			c.episode.unread(err)
		}
		c.rest()
	}
}

// align takes out of the spool what the broker has of it, as far as its last
// message of the node tells.
func (c *courier) align(ctx context.Context, node string) error {
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		last, ok, err := c.sender.last(ctx, node)
		if c.sender.blind || err == nil && !ok {
			return nil
		}
		if err == nil {
			entries, events, err := c.spill.spool.SkipThrough(func(b []byte) bool {
				env, err := readFacts(b)
				return err == nil && env.Node == node && covers(last, env)
			})
			if err != nil {
				c.episode.unread(err)
			}
			if entries > 0 {
				c.log.LogAttrs(ctx, slog.LevelInfo, "the broker had a part of what was on disk",
					slog.Int64("batches", entries), slog.Int64("events", events))
			}
			c.rest()
			return nil
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// deliver publishes a batch from disk; false says that ctx ended first.
func (c *courier) deliver(ctx context.Context, env *eventpb.Envelope, data []byte) bool {
	err := c.sender.send(ctx, output(c.cfg.Subject(env.Node), env, data), env)
	switch {
	case err == nil:
		c.metrics.published(func(each func(string, uint32)) { eventsOf(env, each) }, len(data))
		c.metrics.drained()
		c.teller.wrote(env)
		return true
	case ctx.Err() != nil:
		return false
	}
	c.log.ErrorContext(ctx, "batch refused", slog.Any("error", err), slog.Uint64("first_seq", env.FirstSeq))
	c.lose(env, "refused")
	return true
}

// damaged makes losses of what could not be read.
func (c *courier) damaged(e spool.Entry) {
	c.episode.damaged(e.Damage, e.Events)
	if env, err := readFacts(e.Facts); err == nil && e.Facts != nil {
		c.lose(env, damaged)
		return
	}
	if e.Events == 0 {
		return
	}
	// Which events, and when, is not known; it was before now.
	c.metrics.lost(damaged, "", e.Events)
	now := time.Now().UnixNano()
	c.losses.add(&eventpb.Loss{Stage: stageName, Reason: damaged, Count: e.Events, FirstTime: now, LastTime: now})
}

// rest ends the way by disk where nothing is left there.
func (c *courier) rest() {
	c.mu.Lock()
	if c.spooling && c.spill.spool.Empty() {
		c.spooling = false
		c.spill.note(nil)
		c.episode.drained()
	}
	c.mu.Unlock()
	signal(c.freed)
}

// watch calls batches back that the broker does not take in time, and has the
// disk keep what was written.
func (c *courier) watch(ctx context.Context) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	synced := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		limit := c.cfg.SpoolAfter
		if c.queue.size() >= c.cfg.QueueBytes/2 {
			limit = 0
		}
		c.flight.recall(limit)
		c.episode.look()
		if time.Since(synced) >= time.Second {
			synced = time.Now()
			if err := c.spill.spool.Sync(); err != nil {
				c.episode.unwritten(err)
			}
		}
	}
}
