package stage_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
	"github.com/weirsec/weir/internal/stage"
)

// chain remembers everything: what it makes of a message depends on each one
// before.
type chain struct {
	sum  [32]byte
	last string
	out  []stage.Output
}

func (c *chain) Handle(_ context.Context, in stage.Message) ([]stage.Output, error) {
	if in.ID == c.last { // it comes again
		return c.out, nil
	}
	c.sum = sha256.Sum256(append(c.sum[:], in.ID...))
	c.last = in.ID
	c.out = []stage.Output{{
		Subject: bus.EventsSubject(in.Partition, "n"), ID: "out/" + in.ID, Data: []byte(hex.EncodeToString(c.sum[:])),
	}}
	return c.out, nil
}

func (c *chain) Checkpoint() ([]byte, error) { return append(slices.Clone(c.sum[:]), c.last...), nil }

func (c *chain) Restore(data []byte) error {
	*c = chain{}
	if data == nil {
		return nil
	}
	if len(data) < 32 {
		return errors.New("too short")
	}
	copy(c.sum[:], data)
	c.last = string(data[32:])
	return nil
}

func (c *chain) Answer(_ context.Context, question []byte) ([]byte, error) {
	if string(question) == "panic" {
		panic("asked to")
	}
	return []byte(c.last), nil
}

func chainConfig() stage.Config {
	cfg := copyConfig(nil)
	cfg.Partitions = 4
	cfg.NewHandler = func(int) (stage.Handler, error) { return &chain{}, nil }
	cfg.CheckpointEvery = 30 * time.Millisecond
	return cfg
}

// fleet is some instances of one stage, each with a connection of its own.
type fleet struct {
	t    *testing.T
	srv  *embed.Server
	cfg  stage.Config
	live []*instance
}

type instance struct {
	conn   *bus.Conn
	runner *stage.Runner
	cancel context.CancelFunc
	ended  chan error
}

func (f *fleet) start() {
	f.t.Helper()
	conn, err := bus.Connect(f.t.Context(), bus.Config{Name: "i"}, bus.InProcess(f.srv))
	if err != nil {
		f.t.Fatal(err)
	}
	runner, err := stage.New(conn, f.cfg, stage.Settings{Instance: "i", Logger: bustest.Logger(f.t)})
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(f.t.Context())
	i := &instance{conn, runner, cancel, make(chan error, 1)}
	var group sync.WaitGroup
	group.Go(func() { i.ended <- runner.Run(ctx) })
	f.t.Cleanup(group.Wait)
	f.live = append(f.live, i)
}

// end stops an instance in order, or takes its connection away, which is what
// the others see of one that is killed.
func (f *fleet) end(n int, kill bool) {
	f.t.Helper()
	i := f.live[n]
	f.live = slices.Delete(f.live, n, n+1)
	if kill {
		now, cancel := context.WithCancel(f.t.Context())
		cancel()
		_ = i.conn.Close(now)
		i.cancel()
		f.t.Logf("killed: %v", <-i.ended)
		return
	}
	i.cancel()
	if err := <-i.ended; err != nil {
		f.t.Error(err)
	}
	if err := i.conn.Close(f.t.Context()); err != nil {
		f.t.Error(err)
	}
}

// contents returns the data of a stream's messages by their ids, each of which
// may be there once.
func contents(t *testing.T, conn *bus.Conn, stream string) map[string]string {
	t.Helper()
	found := map[string]string{}
	n := stored(t, conn, stream)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if n == 0 {
		return found
	}
	err := conn.Tail(ctx, bus.TailConfig{Stream: stream}, func(_ context.Context, m bus.Received) error {
		if _, again := found[m.ID]; again {
			t.Errorf("%s is there twice", m.ID)
		}
		if found[m.ID] = string(m.Data); len(found) == n {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Whoever owned a partition when, and however instances came, went and died:
// what is published is what one instance that was never disturbed publishes.
func TestMemorySurvivesItsOwners(t *testing.T) {
	seeds := 4
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			srv := bustest.Start(t, embed.Config{})
			conn := bustest.Connect(t, srv, bus.Layout{Partitions: 4})
			random := rand.New(rand.NewPCG(uint64(seed), 1))
			f := &fleet{t: t, srv: srv, cfg: chainConfig()}
			f.cfg.MemberTTL = time.Second
			f.start()
			fed := 0
			for range 12 {
				n := 20 + random.IntN(60)
				feed(t, conn, fed, fed+n)
				fed += n
				time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
				switch k := random.IntN(5); {
				case k < 2 && len(f.live) < 4:
					f.start()
				case len(f.live) > 1:
					f.end(random.IntN(len(f.live)), k == 4)
				}
			}
			drainFleet(t, f)
			for len(f.live) > 0 {
				f.end(0, false)
			}
			compareChains(t, conn, fed)
		})
	}
}

func drainFleet(t *testing.T, f *fleet) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := f.live[0].runner.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

func compareChains(t *testing.T, conn *bus.Conn, fed int) {
	t.Helper()
	handlers := map[int]*chain{}
	want := map[string]string{}
	for i := range fed {
		p := bus.Partition(fmt.Sprint("n", i%5), 4)
		if handlers[p] == nil {
			handlers[p] = &chain{}
		}
		out, err := handlers[p].Handle(t.Context(), stage.Message{Partition: p, ID: fmt.Sprint("in/", i)})
		if err != nil {
			t.Fatal(err)
		}
		want[out[0].ID] = string(out[0].Data)
	}
	got := contents(t, conn, bus.StreamEvents)
	for id, data := range want {
		if got[id] != data {
			t.Errorf("%s is %q, want %q", id, got[id], data)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d outputs, want %d", len(got), len(want))
	}
	if n := stored(t, conn, bus.StreamDLQ); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}

// A partition whose checkpoint is lost or damaged is caught up with from what
// the stream still has, also where all of that is old: by the time of a broker whose
// clock was set forth it is.
func TestWithoutCheckpoint(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, conn *bus.Conn)
	}{
		{"lost", func(t *testing.T, conn *bus.Conn) {
			bucket, err := conn.JetStream().KeyValue(t.Context(), bus.BucketState)
			if err != nil {
				t.Fatal(err)
			}
			for p := range 4 {
				if err := bucket.Purge(t.Context(), fmt.Sprintf("copy.p%03d", p)); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{"of another version", func(t *testing.T, conn *bus.Conn) {
			for p := range 4 {
				_, made, err := conn.CheckpointSeq(t.Context(), "copy", p)
				if errors.Is(err, bus.ErrNoCheckpoint) {
					continue
				}
				if err == nil {
					err = conn.PutCheckpoint(t.Context(), bus.Checkpoint{Stage: "copy", Partition: p, Seq: 1000, Stream: made, Data: []byte("?")})
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}},
		{"of another stream", func(t *testing.T, conn *bus.Conn) {
			for p := range 4 {
				err := conn.PutCheckpoint(t.Context(), bus.Checkpoint{
					Stage: "copy", Partition: p, Seq: 10, Stream: time.Unix(1, 0), Data: make([]byte, 32),
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}},
	} {
		for _, back := range []time.Duration{0, time.Nanosecond} {
			t.Run(fmt.Sprint(c.name, back), func(t *testing.T) {
				withoutCheckpoint(t, back, c.damage)
			})
		}
	}
}

func withoutCheckpoint(t *testing.T, back time.Duration, damage func(t *testing.T, conn *bus.Conn)) {
	t.Helper()
	srv := bustest.Start(t, embed.Config{})
	conn := bustest.Connect(t, srv, bus.Layout{Partitions: 4})
	f := &fleet{t: t, srv: srv, cfg: chainConfig()}
	f.cfg.LookBack = back
	feed(t, conn, 0, 200)
	f.start()
	drainFleet(t, f)
	f.end(0, false)
	damage(t, conn)
	feed(t, conn, 200, 250)
	f.start()
	drainFleet(t, f)
	f.end(0, false)
	compareChains(t, conn, 250)
}

// Questions are answered by who owns the partition, and by nobody else.
func TestQuestions(t *testing.T) {
	srv := bustest.Start(t, embed.Config{})
	conn := bustest.Connect(t, srv, bus.Layout{Partitions: 4})
	var mu sync.Mutex
	asks := map[int]stage.Ask{}
	f := &fleet{t: t, srv: srv, cfg: chainConfig()}
	f.cfg.Owned = func(p int, ask stage.Ask) func() {
		mu.Lock()
		defer mu.Unlock()
		asks[p] = ask
		return func() {
			mu.Lock()
			defer mu.Unlock()
			delete(asks, p)
		}
	}
	feed(t, conn, 0, 5)
	f.start()
	drainFleet(t, f)
	p := bus.Partition("n4", 4)
	mu.Lock()
	ask, n := asks[p], len(asks)
	mu.Unlock()
	if n != 4 {
		t.Fatalf("%d partitions are owned", n)
	}
	if got, err := ask(t.Context(), nil); string(got) != "in/4" || err != nil {
		t.Errorf("answer is %q, %v", got, err)
	}
	if _, err := ask(t.Context(), []byte("panic")); err == nil {
		t.Error("a panic is no answer")
	}
	f.end(0, false)
	mu.Lock()
	defer mu.Unlock()
	if len(asks) != 0 {
		t.Errorf("%d partitions are still owned", len(asks))
	}
	if _, err := ask(t.Context(), nil); !errors.Is(err, stage.ErrNotOwner) {
		t.Errorf("error is %v", err)
	}
}
