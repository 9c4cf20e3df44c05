package bench

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/services/detector"
	"github.com/weirsec/weir/services/enricher"
	"github.com/weirsec/weir/services/notifier"
)

// patience is how long anything may take before it counts as hanging.
const patience = 2 * time.Minute

// line is a broker and the stages behind the collector.
type line struct {
	conn       *bus.Conn
	partitions int
	settings   stage.Settings
}

// newLine starts a broker. As one machine's events are in one partition, the
// others only add what it costs to have them.
func newLine(t testing.TB, partitions int) *line {
	t.Helper()
	server := bustest.Start(t, embed.Config{MaxBytes: 2 << 30})
	return &line{
		conn:       bustest.Connect(t, server, bus.Layout{Partitions: partitions}),
		partitions: partitions,
		settings:   stage.Settings{Instance: benchNode, Logger: bustest.Logger(t)},
	}
}

func (l *line) enricher(t testing.TB) stage.Config {
	t.Helper()
	cfg := enricher.Default()
	cfg.Partitions = l.partitions
	service, err := enricher.New(cfg, l.settings)
	if err != nil {
		t.Fatal(err)
	}
	return service.Stage(l.partitions)
}

// detector returns the stage with the signatures of that name.
func (l *line) detector(t testing.TB, signatures string) stage.Config {
	t.Helper()
	service, err := detector.New(detector.Default(), signatureSet(t, signatures), l.settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := service.Close(); err != nil {
			t.Error(err)
		}
	})
	return service.Stage(l.partitions)
}

func (l *line) notifier(t testing.TB) stage.Config {
	t.Helper()
	service, err := notifier.New(notifier.Config{}, l.settings, nil)
	if err != nil {
		t.Fatal(err)
	}
	return service.Stage(l.partitions)
}

// running are stages at work. They are stopped in the order in which events
// pass them.
type running struct {
	runners []*stage.Runner
	group   errgroup.Group
	cancel  context.CancelFunc
}

// start runs stages until stop is called.
func (l *line) start(t testing.TB, configs ...stage.Config) *running {
	t.Helper()
	r := &running{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r.cancel = cancel
	for _, cfg := range configs {
		runner, err := stage.New(l.conn, cfg, l.settings)
		if err != nil {
			t.Fatal(err)
		}
		r.runners = append(r.runners, runner)
		r.group.Go(func() error { return runner.Run(ctx) })
	}
	return r
}

// drain returns when every stage in turn has nothing left to do.
func (r *running) drain(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, runner := range r.runners {
		if err := runner.Drain(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// stop ends the stages.
func (r *running) stop(t testing.TB) {
	t.Helper()
	r.cancel()
	if err := r.group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// work lets one stage do all that waits for it, alone.
func (l *line) work(t testing.TB, cfg stage.Config) {
	t.Helper()
	r := l.start(t, cfg)
	r.drain(t)
	r.stop(t)
}

// stored returns how many messages a stream holds.
func (l *line) stored(t testing.TB, stream string) int {
	t.Helper()
	usage, err := l.conn.Usage(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	return int(usage.Messages)
}
