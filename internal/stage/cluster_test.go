package stage_test

import (
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
)

// A stage goes on when a server of the cluster stops under it: every message
// has its output once.
func TestServerOfClusterStops(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster takes some seconds")
	}
	nodes, conn := bustest.Cluster(t, 3)
	cfg := copyConfig(stage.HandlerFunc(copyOne))
	cfg.Partitions = 4
	r := start(t, conn, cfg)
	feed(t, conn, 0, 50)
	time.Sleep(200 * time.Millisecond)
	if err := nodes.Servers[1].Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	feed(t, conn, 50, 100)
	r.drain()
	r.stop()
	if n := stored(t, conn, bus.StreamEvents); n != 100 {
		t.Errorf("%d outputs, want 100", n)
	}
	if n := stored(t, conn, bus.StreamDLQ); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}
