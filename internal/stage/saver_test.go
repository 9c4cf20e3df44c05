package stage_test

import (
	"errors"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
)

// What could not be stored is stored later, although nothing new comes.
func TestStoresAgain(t *testing.T) {
	conn := bustest.Run(t)
	bustest.Limit(t, conn, bus.BucketStream(bus.BucketState), 1)
	running := start(t, conn, chainConfig())
	feed(t, conn, 0, 20)
	running.drain()
	for end := time.Now().Add(30 * time.Second); running.count("weir.stage.checkpoints", "failed") == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no checkpoint fails")
		}
	}
	// Those of all partitions have been tried by then.
	time.Sleep(300 * time.Millisecond)
	bustest.Limit(t, conn, bus.BucketStream(bus.BucketState), 16<<20)
	want := handled(t, conn)
	for end := time.Now().Add(30 * time.Second); checkpoints(t, conn) < want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of %d checkpoints are stored", checkpoints(t, conn), want)
		}
	}
	running.stop()
}

// Whoever takes over from one that was killed stores what that one had handled,
// although nothing new comes.
func TestStoresWhatTheDeadHandled(t *testing.T) {
	srv := bustest.Start(t, embed.Config{})
	conn := bustest.Connect(t, srv, bus.Layout{Partitions: 4})
	cfg := chainConfig()
	cfg.CheckpointEvery = time.Hour
	f := &fleet{t: t, srv: srv, cfg: cfg}
	f.start()
	feed(t, conn, 0, 20)
	awaitOutputs(t, conn, 20)
	if n := checkpoints(t, conn); n != 0 {
		t.Fatalf("%d checkpoints are stored already", n)
	}
	f.end(0, true)
	f.cfg.CheckpointEvery = 30 * time.Millisecond
	f.start()
	want := handled(t, conn)
	for end := time.Now().Add(30 * time.Second); checkpoints(t, conn) < want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of %d checkpoints are stored", checkpoints(t, conn), want)
		}
	}
	f.end(0, false)
}

// checkpoints is how many partitions have one.
func checkpoints(t *testing.T, conn *bus.Conn) (n int) {
	t.Helper()
	for p := range chainConfig().Partitions {
		_, _, err := conn.CheckpointSeq(t.Context(), "copy", p)
		if err == nil {
			n++
		} else if !errors.Is(err, bus.ErrNoCheckpoint) {
			t.Fatal(err)
		}
	}
	return n
}

// handled is how many partitions have messages, all of which are handled.
func handled(t *testing.T, conn *bus.Conn) (n int) {
	t.Helper()
	usage, err := conn.Usage(t.Context(), bus.StreamRaw)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range usage.Consumers {
		if c.AckFloor > 0 {
			n++
		}
	}
	if n == 0 {
		t.Fatal("nothing was handled")
	}
	return n
}
