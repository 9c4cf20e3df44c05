package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// DefaultDrain is how long a Group waits for all its components together to
// finish their work before it stops them with work left.
const DefaultDrain = 10 * time.Second

// Group runs components together and stops them in order.
type Group struct {
	// Logger gets a line for each component that could not be drained.
	Logger *slog.Logger
	// Drain bounds the draining of all components; 0 means DefaultDrain.
	Drain time.Duration
}

// member is a component that runs.
type member struct {
	Component
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// Run starts all components and waits until ctx ends or one of them fails.
// Then it stops them in the order given, source first: each is drained and has
// returned before the next one is told to stop, so that what the first ones
// flush still goes all the way. It returns what failed, or nil.
func (g *Group) Run(ctx context.Context, components ...Component) error {
	var wg sync.WaitGroup
	failed := make(chan struct{}, len(components))
	members := make([]*member, len(components))
	for i, c := range components {
		// The component's context must outlive ctx: it ends in stop order.
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		m := &member{Component: c, cancel: cancel, done: make(chan struct{})}
		members[i] = m
		wg.Go(func() {
			defer close(m.done)
			if err := m.Run(own); err != nil {
				m.err = fmt.Errorf("%s: %w", m.Name, err)
				failed <- struct{}{}
			}
		})
	}
	select {
	case <-ctx.Done():
	case <-failed:
	}
	g.stop(context.WithoutCancel(ctx), members)
	wg.Wait()
	var errs []error
	for _, m := range members {
		errs = append(errs, m.err)
	}
	return errors.Join(errs...)
}

// stop drains and ends the members one after the other.
func (g *Group) stop(ctx context.Context, members []*member) {
	limit := g.Drain
	if limit == 0 {
		limit = DefaultDrain
	}
	drainCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for _, m := range members {
		if m.Drain != nil && m.running() {
			if err := m.Drain(drainCtx); err != nil && g.Logger != nil {
				g.Logger.LogAttrs(ctx, slog.LevelWarn, "stopped with work left; it goes on at the next start",
					slog.String("component", m.Name), slog.Any("error", err))
			}
		}
		m.cancel()
		<-m.done
	}
}

// running reports whether the component has not returned yet.
func (m *member) running() bool {
	select {
	case <-m.done:
		return false
	default:
		return true
	}
}
