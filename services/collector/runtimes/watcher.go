package runtimes

import (
	"context"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector"
)

// maxSaid is how many statements wait for the collector.
const maxSaid = 1024

// Watcher is the source of what all runtimes of the machine tell.
type Watcher struct {
	followers []*follower
	said      chan statement
	builder   record.Builder
	// decoder belongs to the goroutine that calls CgroupMade.
	decoder record.Decoder
}

// New returns a Watcher that has not connected yet. The error says which
// setting cannot work.
func New(cfg Config) (*Watcher, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	m, err := newMetrics(cfg.Meter)
	if err != nil {
		return nil, err
	}
	w := &Watcher{said: make(chan statement, maxSaid)}
	shared := newMemory(maxRemembered)
	for _, e := range cfg.Endpoints {
		w.followers = append(w.followers, &follower{
			cfg: cfg, endpoint: e, memory: shared, metrics: m, say: w.say,
			asks: make(chan string, maxAsks), log: cfg.Logger.With(slog.String("endpoint", e.String())),
		})
	}
	return w, nil
}

// say passes a statement on; false where there is no room.
func (w *Watcher) say(s statement) bool {
	select {
	case w.said <- s:
		return true
	default:
		return false
	}
}

// Run hands over what the runtimes tell until ctx ends. A runtime that fails is
// no error: it is tried again.
func (w *Watcher) Run(ctx context.Context, to collector.Sink) error {
	var followers errgroup.Group
	ended := make(chan struct{})
	followers.Go(func() error {
		defer close(ended)
		var each errgroup.Group
		for _, f := range w.followers {
			each.Go(func() error {
				f.run(ctx)
				return nil
			})
		}
		<-ctx.Done()
		return each.Wait()
	})
	for {
		select {
		case s := <-w.said:
			if err := w.hand(to, &s); err != nil {
				return err
			}
		case <-ended:
			for len(w.said) > 0 {
				s := <-w.said
				if err := w.hand(to, &s); err != nil {
					return err
				}
			}
			return followers.Wait()
		}
	}
}

func (w *Watcher) hand(to collector.Sink, s *statement) error {
	now, err := bootNow()
	if err != nil {
		return err
	}
	to.Record(write(&w.builder, s, now))
	return nil
}

// CgroupMade takes a record of cgroup_mkdir: where the cgroup looks like that
// of a container that no runtime has told of yet, they are asked for it. It
// never blocks. It must be called by one goroutine at a time.
func (w *Watcher) CgroupMade(rec []byte) {
	w.decoder.Reset(&eventpb.Envelope{})
	var e event.Event
	if w.decoder.Decode(rec, 0, &e) != nil {
		return // The enricher counts what cannot be decoded.
	}
	path, _ := e.Arg("cgroup_path")
	id, ok := idOf(path.Text())
	if !ok {
		return
	}
	for _, f := range w.followers {
		f.ask(id)
	}
}
