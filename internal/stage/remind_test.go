package stage_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
	"github.com/weirsec/weir/internal/stage"
)

// reminding keeps what it is given and reminds of an empty stream. It cannot be
// stored.
type reminding struct {
	mu    sync.Mutex
	seen  []stage.Message
	asked int
	panic bool
}

func (r *reminding) Handle(ctx context.Context, in stage.Message) ([]stage.Output, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, in)
	return copyOne(ctx, in)
}

func (*reminding) Checkpoint() ([]byte, error) { return nil, errors.New("it cannot be stored") }

func (*reminding) Restore([]byte) error { return nil }

func (r *reminding) Remind(first, last uint64) []stage.Output {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked++; r.panic {
		panic("asked")
	}
	if first <= last {
		return nil
	}
	return []stage.Output{{Subject: bus.EventsSubject(0, "n"), ID: fmt.Sprint("reminder/", last), Data: []byte("r")}}
}

func (r *reminding) messages() []stage.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

func remindingConfig(r *reminding) stage.Config {
	cfg := copyConfig(r)
	cfg.Partitions, cfg.Output, cfg.CheckpointEvery = 1, bus.StreamEvents, 20*time.Millisecond
	return cfg
}

func streamOf(t *testing.T, conn *bus.Conn, name string) jetstream.Stream {
	t.Helper()
	s, err := conn.JetStream().Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A handler reminds of what the stream gave up, once it has handled something;
// where it cannot, the stage goes on.
func TestRemind(t *testing.T) {
	conn := bustest.Connect(t, bustest.Start(t, embed.Config{}), bus.Layout{Partitions: 1})
	h := &reminding{}
	r := start(t, conn, remindingConfig(h))
	time.Sleep(200 * time.Millisecond)
	if h.asked > 0 {
		t.Errorf("it reminds before it has handled anything")
	}
	feed(t, conn, 0, 1)
	until(t, func() bool { return stored(t, conn, bus.StreamEvents) == 1 })
	r.drain()
	if err := streamOf(t, conn, bus.StreamEvents).Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return stored(t, conn, bus.StreamEvents) == 1 })
	h.mu.Lock()
	h.panic = true
	h.mu.Unlock()
	feed(t, conn, 1, 2)
	until(t, func() bool { return stored(t, conn, bus.StreamEvents) == 2 })
	time.Sleep(100 * time.Millisecond)
	feed(t, conn, 2, 3)
	until(t, func() bool { return stored(t, conn, bus.StreamEvents) == 3 })
	r.stop()
}

func until(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not within 20 s")
		}
	}
}

// A stage that was there from the beginning of the stream is to read all of it,
// one that came later what was written since; one that has forgotten what it read
// does not look for that, and numbers what it makes of a part of it as such.
func TestSince(t *testing.T) {
	conn := bustest.Connect(t, bustest.Start(t, embed.Config{}), bus.Layout{Partitions: 1})
	feed(t, conn, 0, 2)
	raw := streamOf(t, conn, bus.StreamRaw)
	created := raw.CachedInfo().Created
	run := func(cfg stage.Config, h *reminding) []stage.Message {
		t.Helper()
		r := start(t, conn, cfg)
		last := uint64(0)
		for end := time.Now().Add(20 * time.Second); last == 0 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			usage, err := conn.Usage(t.Context(), bus.StreamRaw)
			if err != nil {
				t.Fatal(err)
			}
			if seen := h.messages(); len(seen) > 0 && seen[len(seen)-1].StreamSeq == usage.LastSeq {
				last = usage.LastSeq
			}
		}
		r.drain()
		r.stop()
		return h.messages()
	}
	check := func(step string, seen []stage.Message, since func(time.Time) bool, partial bool) {
		t.Helper()
		for _, m := range seen {
			if !since(m.Since) || m.Stored.Before(created) || m.Partial != (partial && m.Replayed) {
				t.Errorf("%s: message %d, stored %v: since %v, partial %v", step, m.StreamSeq, m.Stored, m.Since, m.Partial)
			}
			run, at := m.Begins()
			if run != m.StreamSeq || at != m.Stored.UnixNano() && !m.Partial || m.Partial && at != 1 {
				t.Errorf("%s: a run begins as %d at %d", step, run, at)
			}
		}
	}
	h := &reminding{}
	check("the whole stream", run(remindingConfig(h), h), created.Equal, false)
	feed(t, conn, 2, 4)
	h = &reminding{}
	check("once more", run(remindingConfig(h), h), created.Equal, false)
	if err := raw.Purge(t.Context(), jetstream.WithPurgeSequence(3)); err != nil {
		t.Fatal(err)
	}
	purged := time.Now()
	h = &reminding{}
	cfg := remindingConfig(h)
	cfg.Stage = "late"
	check("later", run(cfg, h), func(since time.Time) bool { return since.After(purged) }, false)
	feed(t, conn, 4, 5)
	h = &reminding{}
	seen := run(remindingConfig(h), h)
	if !seen[0].Replayed || len(seen) != 3 {
		t.Errorf("handled %d messages, the first one replayed: %v", len(seen), seen[0].Replayed)
	}
	check("forgotten", seen, seen[0].Stored.Equal, true)
}
