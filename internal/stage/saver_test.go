package stage_test

import (
	"errors"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
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
	stored := func() (n int) {
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
	usage, err := conn.Usage(t.Context(), bus.StreamRaw)
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, c := range usage.Consumers {
		if c.AckFloor > 0 {
			want++
		}
	}
	for end := time.Now().Add(30 * time.Second); stored() < want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of %d checkpoints are stored", stored(), want)
		}
	}
	if want == 0 {
		t.Error("nothing was handled")
	}
	running.stop()
}
