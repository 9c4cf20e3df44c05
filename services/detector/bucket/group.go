package bucket

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/pflag"
	"go.opentelemetry.io/otel/metric"
	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/signatures/sdk"
)

// patience is how long Wait waits for buckets to be read.
const patience = 30 * time.Second

// Flags are the settings that make data sources of buckets.
type Flags struct{ specs []string }

// Register adds the flags to a command's.
func (f *Flags) Register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.specs, "datasource", nil,
		"bucket that signatures may look up: kv://BUCKET[?namespace=N&id=I&max-bytes=SIZE]; may be given again")
}

// Group is the sources of one process.
type Group struct {
	sources      []*Source
	registration metric.Registration
}

// Open makes the sources that the flags ask for. Both log and meter may be nil.
func (f *Flags) Open(log *slog.Logger, meter metric.Meter) (*Group, error) {
	g := &Group{}
	for _, text := range f.specs {
		spec, err := ParseSpec(text)
		if err != nil {
			return nil, err
		}
		g.sources = append(g.sources, New(spec, log))
	}
	if meter == nil || len(g.sources) == 0 {
		return g, nil
	}
	var err error
	if g.registration, err = measure(meter, g.sources); err != nil {
		return nil, fmt.Errorf("data sources: metrics: %w", err)
	}
	return g, nil
}

// Sources returns them for whoever registers them.
func (g *Group) Sources() []sdk.DataSource {
	all := make([]sdk.DataSource, len(g.sources))
	for i, s := range g.sources {
		all[i] = s
	}
	return all
}

// Run keeps all copies until ctx ends.
func (g *Group) Run(ctx context.Context, store Store) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range g.sources {
		group.Go(func() error { return s.Run(ctx, store) })
	}
	// Without any there is still something to run.
	group.Go(func() error {
		<-ctx.Done()
		return nil
	})
	return group.Wait()
}

// Wait returns when all buckets have been read once, so that no signature is
// evaluated on half of a list.
func (g *Group) Wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, s := range g.sources {
		if err := s.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the measuring.
func (g *Group) Close() error {
	if g.registration == nil {
		return nil
	}
	return g.registration.Unregister()
}
