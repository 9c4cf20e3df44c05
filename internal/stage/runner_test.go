package stage_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
)

func TestEveryMessageIsHandledOnce(t *testing.T) {
	conn := bustest.Run(t)
	feed(t, conn, 0, 50) // before the stage exists
	r := start(t, conn, copyConfig(stage.HandlerFunc(copyOne)))
	feed(t, conn, 50, 100)
	time.Sleep(50 * time.Millisecond)
	r.drain()
	if left, err := r.Pending(t.Context()); err != nil || left != 0 {
		t.Errorf("%d are pending, %v", left, err)
	}
	r.stop()
	if n := stored(t, conn, bus.StreamEvents); n != 100 {
		t.Errorf("%d outputs, want 100", n)
	}
	if acked, out := r.count("weir.stage.messages", "acked"), r.count("weir.stage.outputs", ""); acked != 100 || out != 100 {
		t.Errorf("counted %d messages and %d outputs", acked, out)
	}
}

// Told to stop, the stage finishes what it has in hand, and gives back the rest.
func TestStopFinishesWhatIsInHand(t *testing.T) {
	conn := bustest.Run(t)
	begun, goOn := make(chan struct{}, 10), make(chan struct{})
	cfg := copyConfig(stage.HandlerFunc(func(ctx context.Context, in stage.Message) ([]stage.Output, error) {
		begun <- struct{}{}
		<-goOn
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return copyOne(ctx, in)
	}))
	cfg.Partitions = 1
	cfg.Filter = func(int) string { return "weir.raw.>" }
	r := start(t, conn, cfg)
	feed(t, conn, 0, 3)
	<-begun
	r.cancel()
	time.Sleep(20 * time.Millisecond)
	close(goOn)
	r.stop()
	left, err := r.Pending(t.Context())
	if n := stored(t, conn, bus.StreamEvents); n != 1 || left != 2 || err != nil {
		t.Fatalf("%d outputs, %d pending, %v; want 1 and 2", n, left, err)
	}
	// The next instance has the rest at once: nothing waits for a timeout.
	began := time.Now()
	r = start(t, conn, cfg)
	for range 2 {
		<-begun
	}
	if d := time.Since(began); d > 500*time.Millisecond {
		t.Errorf("the next instance waited %v", d)
	}
	r.drain()
	r.stop()
}

// A handler that does not end is cut short after StopWait, and its message is
// not lost.
func TestStopWait(t *testing.T) {
	conn := bustest.Run(t)
	begun := make(chan struct{}, 1)
	cfg := copyConfig(stage.HandlerFunc(func(ctx context.Context, _ stage.Message) ([]stage.Output, error) {
		begun <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	cfg.StopWait = 50 * time.Millisecond
	r := start(t, conn, cfg)
	feed(t, conn, 0, 1)
	<-begun
	r.stop()
	if left, err := r.Pending(t.Context()); err != nil || left != 1 {
		t.Errorf("%d pending, %v; want the message back", left, err)
	}
	if n := r.count("weir.stage.messages", "handed_back"); n != 1 {
		t.Errorf("counted %d handed back", n)
	}
}

// A handler slower than AckWait is not disturbed by the broker or a standby.
func TestSlowHandler(t *testing.T) {
	conn := bustest.Run(t)
	var calls atomic.Int32
	cfg := copyConfig(stage.HandlerFunc(func(ctx context.Context, in stage.Message) ([]stage.Output, error) {
		calls.Add(1)
		time.Sleep(2500 * time.Millisecond)
		return copyOne(ctx, in)
	}))
	a, b := start(t, conn, cfg), start(t, conn, cfg)
	feed(t, conn, 0, 1)
	a.drain()
	a.stop()
	b.stop()
	if n := calls.Load(); n != 1 {
		t.Errorf("message was handled %d times", n)
	}
}

// Two instances share the partitions; when one stops in order the other has
// its partitions at once, in order and without doubling.
func TestHandOver(t *testing.T) {
	conn := bustest.Run(t)
	cfg := copyConfig(stage.HandlerFunc(copyOne))
	cfg.MemberTTL, cfg.PinnedTTL = 20*time.Second, 20*time.Second
	a := start(t, conn, cfg)
	feed(t, conn, 0, 20)
	a.drain()
	b := start(t, conn, cfg)
	feed(t, conn, 20, 40)
	b.drain()
	a.stop()
	began := time.Now()
	feed(t, conn, 40, 60)
	b.drain()
	if d := time.Since(began); d > time.Second {
		t.Errorf("hand-over took %v", d)
	}
	b.stop()
	if n := stored(t, conn, bus.StreamEvents); n != 60 {
		t.Errorf("%d outputs, want 60", n)
	}
	if n := a.count("weir.stage.messages", "acked") + b.count("weir.stage.messages", "acked"); n != 60 {
		t.Errorf("%d messages acknowledged, want 60", n)
	}
}

func TestCommittedComesBeforeTheAck(t *testing.T) {
	conn := bustest.Run(t)
	h := &committing{conn: conn, t: t}
	r := start(t, conn, copyConfig(h))
	h.runner = r.Runner
	feed(t, conn, 0, 1)
	r.drain()
	r.stop()
	if h.calls.Load() != 1 {
		t.Errorf("called %d times", h.calls.Load())
	}
}

type committing struct {
	stage.HandlerFunc
	t      *testing.T
	conn   *bus.Conn
	runner *stage.Runner
	calls  atomic.Int32
}

func (c *committing) Handle(ctx context.Context, in stage.Message) ([]stage.Output, error) {
	return copyOne(ctx, in)
}

func (c *committing) Committed(ctx context.Context, in stage.Message, outputs []stage.Output, at time.Time) {
	c.calls.Add(1)
	if n := stored(c.t, c.conn, bus.StreamEvents); n != 1 {
		c.t.Errorf("%d outputs are stored", n)
	}
	if left, err := c.runner.Pending(ctx); err != nil || left != 1 {
		c.t.Errorf("%d pending, %v", left, err)
	}
	if len(outputs) != 1 || in.ID != "in/0" || at.Before(in.Received) {
		c.t.Errorf("called with %+v, %v, %v", in, outputs, at)
	}
	panic("a panic here changes nothing")
}

func TestRunErrors(t *testing.T) {
	conn := bustest.Run(t)
	good := copyConfig(stage.HandlerFunc(copyOne))
	for _, c := range []struct {
		name   string
		change func(*stage.Config)
		want   string
	}{
		{"no handler", func(c *stage.Config) {
			c.NewHandler = func(int) (stage.Handler, error) { return nil, errors.New("boom") }
		}, "handler of partition 0: boom"},
		{"no stream", func(c *stage.Config) { c.Stream = "NONE" }, "consumer copy-p00 of stream NONE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := good
			c.change(&cfg)
			r := start(t, conn, cfg)
			if err := <-r.ended; err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
			if _, err := r.Pending(t.Context()); err == nil {
				t.Error("pending is known though there are no consumers")
			}
		})
	}
}

func TestDeletedConsumerEndsRun(t *testing.T) {
	conn := bustest.Run(t)
	r := start(t, conn, copyConfig(stage.HandlerFunc(copyOne)))
	feed(t, conn, 0, 10)
	r.drain()
	if err := conn.JetStream().DeleteConsumer(t.Context(), bus.StreamRaw, "copy-p03"); err != nil {
		t.Fatal(err)
	}
	if err := <-r.ended; err == nil || !strings.Contains(err.Error(), "copy-p03") {
		t.Errorf("error is %v, want one that names the consumer", err)
	}
}

func TestConfigValidate(t *testing.T) {
	good := copyConfig(stage.HandlerFunc(copyOne))
	for _, c := range []struct {
		name   string
		change func(*stage.Config)
		want   string
	}{
		{"good", func(*stage.Config) {}, ""},
		{"defaults", func(c *stage.Config) { c.AckWait, c.PinnedTTL, c.StopWait = 0, 0, 0 }, ""},
		{"name", func(c *stage.Config) { c.Stage = "A.b" }, "stage name"},
		{"no name", func(c *stage.Config) { c.Stage = "" }, "stage name"},
		{"no stream", func(c *stage.Config) { c.Stream = "" }, "needed"},
		{"no filter", func(c *stage.Config) { c.Filter = nil }, "needed"},
		{"partitions", func(c *stage.Config) { c.Partitions = -1 }, "at least 1"},
		{"pinned TTL", func(c *stage.Config) { c.PinnedTTL = time.Second }, "pinned TTL"},
		{"ack wait", func(c *stage.Config) { c.AckWait = time.Millisecond }, "ack wait"},
		{"backoff", func(c *stage.Config) { c.MinBackoff = time.Hour }, "backoff"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := good
			c.change(&cfg)
			err := cfg.Validate()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
		})
	}
}
