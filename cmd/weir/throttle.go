package main

import (
	"context"
	"strings"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
)

const (
	// maxBehind is how many messages of a stream may wait for whoever reads it:
	// far fewer than what a stream holds before it lets go of its oldest.
	maxBehind = 128
	// lookAfter is how many messages are published before the streams are looked
	// at again.
	lookAfter = 32
)

// throttle publishes no faster than the stages behind can take: streams are
// bounded, and what nobody has read yet must not leave them.
type throttle struct {
	conn  *bus.Conn
	since int
}

// Publish implements the collector's Publisher.
func (t *throttle) Publish(ctx context.Context, m stage.Output) error {
	if t.since++; t.since > lookAfter {
		t.since = 0
		if err := t.wait(ctx); err != nil {
			return err
		}
	}
	return t.conn.Publish(ctx, m)
}

// wait blocks until no stream is too far behind.
func (t *throttle) wait(ctx context.Context) error {
	for _, name := range []string{bus.StreamFindings, bus.StreamDetections, bus.StreamEvents, bus.StreamRaw} {
		for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
			usage, err := t.conn.Usage(ctx, name)
			if err != nil {
				return err
			}
			if behind(usage) <= maxBehind {
				break
			}
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// behind returns how many messages of a stream the stages have not handled, all
// of them where none has begun to read. How far others are is their business.
func behind(u bus.Usage) uint64 {
	n, begun := uint64(0), false
	for _, c := range u.Consumers {
		for _, own := range []string{stageEnricher, stageDetector, stageNotifier, consoleConsumer} {
			if strings.HasPrefix(c.Name, own) {
				begun = true
				n += c.Pending + uint64(c.AckPending)
			}
		}
	}
	if !begun {
		return u.Messages
	}
	return n
}
