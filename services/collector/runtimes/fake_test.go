package runtimes

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// scripted is a runtime in a state that no daemon can be brought into at will.
type scripted struct {
	mu      sync.Mutex
	boxes   map[string]facts.Container
	failing bool
	gets    int
	// silent makes Follow say that there are no changes.
	silent bool
	tell   chan facts.Change
	broken chan error
}

func newScripted() *scripted {
	return &scripted{boxes: map[string]facts.Container{}, tell: make(chan facts.Change), broken: make(chan error)}
}

func (s *scripted) set(boxes ...facts.Container) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.boxes)
	for _, b := range boxes {
		s.boxes[b.ID] = b
	}
}

func (s *scripted) fail(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = yes
}

func (s *scripted) Name() string { return "scripted" }
func (s *scripted) Close() error { return nil }

func (s *scripted) List(context.Context) ([]facts.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []facts.Entry
	for id := range maps.Keys(s.boxes) {
		list = append(list, facts.Entry{ID: id, Live: true})
	}
	return list, nil
}

func (s *scripted) Get(_ context.Context, id string) (facts.Container, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gets++
	b, ok := s.boxes[id]
	switch {
	case s.failing:
		return facts.Container{}, errors.New("no answer")
	case !ok:
		return facts.Container{}, facts.ErrNotFound
	}
	return b, nil
}

func (s *scripted) Follow(ctx context.Context, ready func(), tell func(facts.Change)) error {
	if s.silent {
		return facts.ErrNoStream
	}
	ready()
	for {
		select {
		case c := <-s.tell:
			tell(c)
		case err := <-s.broken:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

// stand is a connection to a scripted runtime, and what it says.
type stand struct {
	*connection
	rt     *scripted
	said   chan statement
	reader *sdkmetric.ManualReader
	end    func() error
}

// newStand serves a runtime; room is how many statements are taken unread.
func newStand(t *testing.T, rt *scripted, room int, change func(*Config)) *stand {
	t.Helper()
	cfg := Config{PollEvery: 20 * time.Millisecond, ListEvery: time.Hour, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&cfg)
	}
	cfg = cfg.withDefaults()
	reader := sdkmetric.NewManualReader()
	m, err := newMetrics(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test"))
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{rt: rt, said: make(chan statement, room), reader: reader}
	f := &follower{
		cfg: cfg, endpoint: Endpoint{kindCRI, "/s"}, memory: newMemory(100), metrics: m, log: cfg.Logger,
		asks: make(chan string, maxAsks), began: 1000,
		say: func(st statement) bool {
			select {
			case s.said <- st:
				return true
			default:
				return false
			}
		},
	}
	f.connected.Store(true)
	s.connection = newConnection(f, rt)
	ctx, stop := context.WithCancel(t.Context())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.follow(ctx) })
	g.Go(func() error { return s.serve(ctx) })
	s.end = sync.OnceValue(func() error {
		stop()
		return g.Wait()
	})
	t.Cleanup(func() { _ = s.end() })
	return s
}

// hear returns the next statement.
func (s *stand) hear(t *testing.T) (catalogue.Type, facts.Container) {
	t.Helper()
	select {
	case st := <-s.said:
		return st.typ, st.facts
	case <-time.After(10 * time.Second):
		t.Fatal("nothing is said")
		return 0, facts.Container{}
	}
}

// expect fails unless the next statement is this one.
func (s *stand) expect(t *testing.T, typ catalogue.Type, id, name string) {
	t.Helper()
	if got, box := s.hear(t); got != typ || box.ID != id || box.Name != name {
		t.Fatalf("%v of %s %q, want %v of %s %q", got, box.ID, box.Name, typ, id, name)
	}
}

// outcome returns the value of the metric for an outcome.
func (s *stand) outcome(t *testing.T, outcome string) int64 {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := s.reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if !ok {
				t.Fatalf("%s is %T", m.Name, m.Data)
			}
			for _, p := range sum.DataPoints {
				if v, _ := p.Attributes.Value("outcome"); v.AsString() == outcome {
					return p.Value
				}
			}
		}
	}
	return 0
}

// await waits until an outcome was counted that often.
func (s *stand) await(t *testing.T, outcome string, n int64) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for s.outcome(t, outcome) < n {
		if time.Now().After(deadline) {
			t.Fatalf("%s: counted %d, want %d", outcome, s.outcome(t, outcome), n)
		}
		time.Sleep(time.Millisecond)
	}
}
