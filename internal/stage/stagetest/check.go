package stagetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
	"github.com/weirsec/weir/internal/stage"
)

const (
	timeout = 90 * time.Second
	// rounds is how often the stage is stopped in order before it is killed.
	rounds = 3
	// kills is how often it is killed after that.
	kills = 3
	// partitions are few, so that each has messages in every round.
	partitions = 4
)

// Case is what to check.
type Case struct {
	// Stream is what the stage reads, Filter its partitions.
	Stream string
	Filter func(partition int) string
	// OutStream is where it publishes; it may not be Stream.
	OutStream string
	// NewHandler makes the handler under test.
	NewHandler func(partition int) (stage.Handler, error)
	// Inputs are fed in this order. Their ids must differ.
	Inputs []bus.Message
}

// Check runs the stage over the inputs while handlers fail, panic and are
// given poison, the stage is stopped and started again, and then it is killed.
// Then each input must be either a dead letter or have its outputs in
// OutStream, each exactly once; each partition must have been handled in the
// order of the stream; and being called again with the same message, the
// handler must have given the same outputs.
func Check(t *testing.T, c Case) {
	t.Helper()
	srv := bustest.Start(t, embed.Config{})
	conn := bustest.Connect(t, srv, bus.Layout{Partitions: partitions})
	w := newWitness()
	run := runs{t: t, srv: srv, cfg: stage.Config{
		Stage: "checked", Stream: c.Stream, Filter: c.Filter, Partitions: partitions,
		AckWait: time.Second, PinnedTTL: 2 * time.Second,
		MinBackoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond,
		CheckpointEvery: 20 * time.Millisecond,
		NewHandler: func(p int) (stage.Handler, error) {
			inner, err := c.NewHandler(p)
			return newSaboteur(inner, w), err
		},
	}}
	share := len(c.Inputs)/(rounds+1) + 1
	for round := range rounds {
		_, stop := run.start()
		publish(t, conn, c.Inputs[min(round*share, len(c.Inputs)):min((round+1)*share, len(c.Inputs))])
		stop()
	}
	rest := c.Inputs[min(rounds*share, len(c.Inputs)):]
	for kill := range kills {
		publish(t, conn, rest[kill*len(rest)/kills:(kill+1)*len(rest)/kills])
		run.startAndKill()
	}
	last, stop := run.start()
	run.drain(last)
	stop()
	w.verify(t, c, letters(t, conn), outputs(t, conn, c.OutStream))
}

// runs starts and ends instances of the stage.
type runs struct {
	t   *testing.T
	srv *embed.Server
	cfg stage.Config
}

// start runs an instance; stop ends it in order and returns when it has ended.
func (r runs) start() (runner *stage.Runner, stop func()) {
	r.t.Helper()
	runner, conn, ended, cancel := r.launch()
	return runner, func() {
		r.t.Helper()
		cancel()
		if err := <-ended; err != nil {
			r.t.Error(err)
		}
		if err := conn.Close(r.t.Context()); err != nil {
			r.t.Error(err)
		}
	}
}

// startAndKill takes the connection away from an instance at work, which is
// what the broker sees of a process that dies.
func (r runs) startAndKill() {
	r.t.Helper()
	_, conn, ended, cancel := r.launch()
	defer cancel()
	time.Sleep(20 * time.Millisecond)
	ctx, now := context.WithCancel(r.t.Context())
	now()
	_ = conn.Close(ctx)
	cancel()
	// What a killed process says does not matter, but what the others find.
	r.t.Logf("killed: %v", <-ended)
}

func (r runs) launch() (*stage.Runner, *bus.Conn, <-chan error, context.CancelFunc) {
	r.t.Helper()
	conn, err := bus.Connect(r.t.Context(), bus.Config{Name: "instance"}, bus.InProcess(r.srv))
	if err != nil {
		r.t.Fatal(err)
	}
	runner, err := stage.New(conn, r.cfg, stage.Settings{})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	ended := make(chan error, 1)
	var group sync.WaitGroup
	group.Go(func() { ended <- runner.Run(ctx) })
	r.t.Cleanup(group.Wait)
	return runner, conn, ended, cancel
}

func (r runs) drain(runner *stage.Runner) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), timeout)
	defer cancel()
	if err := runner.Drain(ctx); err != nil {
		r.t.Fatal(err)
	}
}

func publish(t *testing.T, conn *bus.Conn, messages []bus.Message) {
	t.Helper()
	if err := conn.PublishAll(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
}

// letters returns the dead letters by the id of their message.
func letters(t *testing.T, conn *bus.Conn) map[string]int {
	t.Helper()
	found := map[string]int{}
	readAll(t, conn, bus.StreamDLQ, func(m bus.Received) {
		for _, name := range []string{stage.HeaderReason, stage.HeaderSubject, stage.HeaderStream, stage.HeaderSeq} {
			if m.Header[name] == "" {
				t.Errorf("dead letter of %q has no %s", m.Header[stage.HeaderID], name)
			}
		}
		found[m.Header[stage.HeaderID]]++
	})
	return found
}

// outputs returns how often each message id is in the stream.
func outputs(t *testing.T, conn *bus.Conn, stream string) map[string]int {
	t.Helper()
	found := map[string]int{}
	readAll(t, conn, stream, func(m bus.Received) { found[m.ID]++ })
	return found
}

func readAll(t *testing.T, conn *bus.Conn, stream string, fn func(bus.Received)) {
	t.Helper()
	usage, err := conn.Usage(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	if usage.Messages == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	var n uint64
	err = conn.Tail(ctx, bus.TailConfig{Stream: stream}, func(_ context.Context, m bus.Received) error {
		fn(m)
		if n++; n == usage.Messages {
			cancel()
		}
		return nil
	})
	if err == nil && n != usage.Messages {
		err = fmt.Errorf("read %d of %d messages", n, usage.Messages)
	}
	if err != nil {
		t.Fatal(err)
	}
}
