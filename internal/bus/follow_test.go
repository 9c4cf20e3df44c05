package bus_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
	"github.com/weirsec/weir/schemas/interest"
)

// Whoever follows a bucket hears of what changes after the broker was
// restarted, soon and not when the client misses its heartbeats.
func TestFollowingOutlastsARestart(t *testing.T) {
	dir, address := t.TempDir(), "127.0.0.1:0"
	start := func() *embed.Server {
		srv, err := embed.Start(embed.Config{Dir: dir, Listen: address, MaxBytes: 256 << 20, Reserve: 1})
		if err != nil {
			t.Fatal(err)
		}
		address = strings.TrimPrefix(srv.URL(), "nats://")
		return srv
	}
	srv := start()
	conn := bustest.Dial(t, srv.URL())
	if err := conn.Provision(t.Context(), bus.Layout{MaxBytes: srv.MaxBytes()}); err != nil {
		t.Fatal(err)
	}
	bundles, updates := make(chan bus.StoredBundle, 100), make(chan interest.Interest, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- conn.WatchBundles(ctx, func(b bus.StoredBundle) { bundles <- b }, func() {}) }()
	go func() { ended <- conn.WatchInterest(ctx, func(wanted interest.Interest) { updates <- wanted }) }()
	putBundle(t, conn, "before", "1")
	<-bundles
	if err := conn.PutInterest(t.Context(), "me", interest.Of("before")); err != nil {
		t.Fatal(err)
	}
	<-updates
	for _, name := range []string{"one", "two"} {
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		srv = start()
		began := time.Now()
		// The connection comes back by itself.
		for {
			_, err := conn.PutBundle(t.Context(), name, []byte("x"))
			if err == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if err := conn.PutInterest(t.Context(), "me", interest.Of(name)); err != nil {
			t.Fatal(err)
		}
		for b := range bundles {
			if b.Name == name {
				break
			}
		}
		for wanted := range updates {
			if wanted.Equal(interest.Of(name)) {
				break
			}
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: it took %s until the changes were told", name, took)
		}
	}
	cancel()
	for range 2 {
		if err := <-ended; err != nil {
			t.Errorf("end of the context gives %v", err)
		}
	}
	t.Cleanup(func() { _ = srv.Shutdown(context.Background()) })
}
