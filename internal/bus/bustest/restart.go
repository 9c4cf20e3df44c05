package bustest

import (
	"context"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/embed"
)

// Restartable is a broker that listens on loopback and can be stopped and started
// again, with what it has stored.
type Restartable struct {
	// Conn is a connection to it, which outlasts the interruptions.
	Conn *bus.Conn

	cfg    embed.Config
	server *embed.Server
}

// RunRestartable starts a broker without streams. It and the connection end with
// the test.
func RunRestartable(t testing.TB) *Restartable {
	t.Helper()
	r := &Restartable{cfg: embed.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", MaxBytes: maxBytes, Reserve: 1, Logger: Logger(t)}}
	r.Start(t)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if err := r.server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	r.Conn = Dial(t, r.server.URL())
	return r
}

// Start starts the broker again, where it was before.
func (r *Restartable) Start(t testing.TB) {
	t.Helper()
	var err error
	if r.server, err = embed.Start(r.cfg); err != nil {
		t.Fatal(err)
	}
	r.cfg.Listen = strings.TrimPrefix(r.server.URL(), "nats://")
}

// Stop stops it.
func (r *Restartable) Stop(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := r.server.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
}
