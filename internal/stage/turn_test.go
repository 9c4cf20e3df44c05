package stage_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
)

// crossing counts who is in it at once; hold, if set, keeps them there.
type crossing struct {
	inside, most, passed atomic.Int64
	hold                 chan struct{}
}

func (c *crossing) Handle(ctx context.Context, in stage.Message) ([]stage.Output, error) {
	n := c.inside.Add(1)
	defer c.inside.Add(-1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	if c.hold != nil {
		<-c.hold
	} else {
		time.Sleep(5 * time.Millisecond)
	}
	c.passed.Add(1)
	return copyOne(ctx, in)
}

func (c *crossing) Answer(context.Context, []byte) ([]byte, error) { return []byte("here"), nil }

// feedNodes publishes a message of each of so many nodes.
func feedNodes(t *testing.T, conn *bus.Conn, round, nodes int) {
	t.Helper()
	for i := range nodes {
		m := bus.Message{Subject: bus.RawSubject(fmt.Sprint("node-", i)), ID: fmt.Sprint(round, "/", i), Data: []byte("x")}
		if err := conn.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAtOnce(t *testing.T) {
	for _, tt := range []struct {
		atOnce      int
		least, most int64
	}{
		{atOnce: 0, least: 4, most: 16},
		{atOnce: 1, least: 1, most: 1},
		{atOnce: 3, least: 3, most: 3},
	} {
		t.Run(fmt.Sprint(tt.atOnce), func(t *testing.T) {
			conn := bustest.Run(t)
			for round := range 4 {
				feedNodes(t, conn, round, 32)
			}
			c := new(crossing)
			cfg := copyConfig(c)
			cfg.AtOnce = tt.atOnce
			r := start(t, conn, cfg)
			r.drain()
			r.stop()
			if got := c.most.Load(); got < tt.least || got > tt.most {
				t.Errorf("%d at once, want %d to %d", got, tt.least, tt.most)
			}
			if n := stored(t, conn, bus.StreamEvents); n != 4*32 {
				t.Errorf("%d outputs of %d", n, 4*32)
			}
		})
	}
}

// A partition whose message waits for its turn answers questions, and is given up
// at once, with the message: it has not to be handled first.
func TestWaitingPartition(t *testing.T) {
	conn := bustest.Run(t)
	const nodes = 64 // some in each partition
	feedNodes(t, conn, 0, nodes)
	c := &crossing{hold: make(chan struct{})}
	cfg := copyConfig(c)
	cfg.AtOnce = 1
	asks := make(chan stage.Ask, 16)
	cfg.Owned = func(_ int, ask stage.Ask) func() { asks <- ask; return func() {} }
	r := start(t, conn, cfg)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	answered := make(chan error, 16)
	for range 16 {
		select {
		case ask := <-asks:
			go func() {
				_, err := ask(ctx, nil)
				answered <- err
			}()
		case <-ctx.Done():
			t.Fatal("not all partitions are owned")
		}
	}
	// Whatever the one asks that is busy: the others answer.
	for range 15 {
		select {
		case err := <-answered:
			if err != nil {
				t.Fatal(err)
			}
		case <-ctx.Done():
			t.Fatal("a partition that waits does not answer")
		}
	}
	for c.inside.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	r.cancel()
	for r.count("weir.stage.messages", "handed_back") < 15 {
		if over := ctx.Err(); over != nil {
			t.Fatalf("%d messages are handed back", r.count("weir.stage.messages", "handed_back"))
		}
		time.Sleep(time.Millisecond)
	}
	close(c.hold)
	r.stop()
	if n := c.passed.Load(); n != 1 {
		t.Errorf("%d messages were handled, one was in hand", n)
	}
	next := new(crossing)
	again := start(t, conn, copyConfig(next))
	again.drain()
	again.stop()
	if n, handled := stored(t, conn, bus.StreamEvents), next.passed.Load(); n != nodes || handled != nodes-1 {
		t.Errorf("%d outputs of %d, %d handled", n, nodes, handled)
	}
}
