package bustest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/embed"
)

const (
	// maxBytes is enough for tests and small enough for their disks.
	maxBytes = 512 << 20
	timeout  = 30 * time.Second
)

// Run starts a broker without a socket and returns a connection to it; all
// streams exist, with the default layout. Both end with the test.
func Run(t testing.TB) *bus.Conn {
	t.Helper()
	return Connect(t, Start(t, embed.Config{}), bus.Layout{})
}

// RunListening is Run with a TCP socket on loopback, whose URL it returns too.
func RunListening(t testing.TB) (*bus.Conn, string) {
	t.Helper()
	srv := Start(t, embed.Config{Listen: "127.0.0.1:0"})
	return Connect(t, srv, bus.Layout{}), srv.URL()
}

// Start starts a server; where the configuration names no directory it gets
// one of the test's own.
func Start(t testing.TB, cfg embed.Config) *embed.Server {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = maxBytes
	}
	if cfg.Reserve == 0 {
		cfg.Reserve = 1
	}
	if cfg.Logger == nil {
		cfg.Logger = Logger(t)
	}
	srv, err := embed.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	return srv
}

// Connect connects to a server of this process and provisions the layout; a
// layout without a size gets the server's.
func Connect(t testing.TB, srv *embed.Server, layout bus.Layout) *bus.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := bus.Connect(ctx, bus.Config{Name: t.Name()}, bus.InProcess(srv), bus.WithLogger(Logger(t)))
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, conn)
	if layout.MaxBytes == 0 {
		layout.MaxBytes = srv.MaxBytes()
	}
	if err := conn.Provision(ctx, layout); err != nil {
		t.Fatal(err)
	}
	return conn
}

// Logger returns a logger that writes warnings and errors to the test's log.
func Logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func closeAtEnd(t testing.TB, conn *bus.Conn) {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if err := conn.Close(ctx); err != nil {
			t.Error(err)
		}
	})
}
