package embed_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/embed"
)

const small = 64 << 20

func config(dir string) embed.Config {
	return embed.Config{Dir: dir, MaxBytes: small, Reserve: 1}
}

// What was acknowledged is there after a restart, and a smaller limit than
// before is no obstacle.
func TestRestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on demand")
	cfg := config(dir)
	for i, limit := range []int64{4 * small, small, 2 * small} {
		cfg.MaxBytes = limit
		srv := start(t, cfg)
		conn := connect(t, srv)
		if err := conn.Provision(t.Context(), bus.Layout{MaxBytes: srv.MaxBytes()}); err != nil {
			t.Fatalf("limit %d MiB: %v", limit>>20, err)
		}
		m := bus.Message{Subject: bus.RawSubject("n"), ID: string(rune('a' + i)), Data: []byte("x")}
		if err := conn.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		usage, err := conn.Usage(t.Context(), bus.StreamRaw)
		if err != nil || usage.Messages != uint64(i+1) {
			t.Errorf("after %d restarts: %+v, %v", i, usage, err)
		}
		if srv.URL() != "" {
			t.Errorf("server listens at %s though it was not asked to", srv.URL())
		}
		shutdown(t, srv, conn)
	}
}

func TestSecondServerInTheSameDirectory(t *testing.T) {
	cfg := config(t.TempDir())
	srv := start(t, cfg)
	_, err := embed.Start(cfg)
	want(t, err, embed.ErrInUse, "another weir uses "+cfg.Dir)
	shutdown(t, srv)
	shutdown(t, start(t, cfg))
}

func TestListen(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Listen = "127.0.0.1:0"
	srv := start(t, cfg)
	conn, err := bus.Connect(t.Context(), bus.Config{URL: srv.URL()})
	if err != nil {
		t.Fatal(err)
	}
	// The address is taken now.
	other := config(t.TempDir())
	other.Listen = strings.TrimPrefix(srv.URL(), "nats://")
	_, err = embed.Start(other)
	want(t, err, embed.ErrPortBusy, other.Listen)
	want(t, err, embed.ErrPortBusy, "--listen")
	shutdown(t, srv, conn)
}

func TestListenRefuses(t *testing.T) {
	for _, c := range []struct {
		name, listen string
		remote       bool
		err          error
		text         string
	}{
		{"all addresses", "0.0.0.0:0", false, embed.ErrRemote, "127.0.0.1"},
		{"all IPv6 addresses", "[::]:0", false, embed.ErrRemote, "127.0.0.1"},
		{"a name", "example.org:0", false, embed.ErrRemote, "example.org"},
		{"no port", "127.0.0.1", false, nil, "want host:port"},
		{"large port", "127.0.0.1:70000", false, nil, "up to 65535"},
		{"address of another machine", "192.0.2.1:0", true, nil, "listen on 192.0.2.1:0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config(t.TempDir())
			cfg.Listen, cfg.AllowRemote = c.listen, c.remote
			_, err := embed.Start(cfg)
			want(t, err, c.err, c.text)
		})
	}
}

// A missing host means loopback, never every address.
func TestListenWithoutHost(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Listen = ":0"
	srv := start(t, cfg)
	host, _, err := net.SplitHostPort(strings.TrimPrefix(srv.URL(), "nats://"))
	if err != nil || host != "127.0.0.1" {
		t.Errorf("server listens at %s, %v", srv.URL(), err)
	}
	shutdown(t, srv)
}

func TestDirectoryErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, dir, text string }{
		{"a file", file, "file"},
		{"below a file", filepath.Join(file, "dir"), "file/dir"},
		{"where nobody may write", "/sys/weir", "/sys/weir"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := embed.Start(config(c.dir))
			want(t, err, embed.ErrNotWritable, c.text)
		})
	}
	_, err := embed.Start(embed.Config{})
	want(t, err, nil, "--data-dir")
	_, err = embed.Start(embed.Config{Dir: t.TempDir(), MaxBytes: 1})
	want(t, err, nil, "at least")
}

func TestReadOnlyFileSystem(t *testing.T) {
	dir := mount(t, "size=1m", unix.MS_RDONLY)
	_, err := embed.Start(config(dir))
	want(t, err, embed.ErrNotWritable, "read-only file system")
}

func TestTooLittleSpace(t *testing.T) {
	dir := mount(t, "size=32m", 0)
	cfg := config(dir)
	cfg.Reserve = 8 << 20
	_, err := embed.Start(cfg)
	var space *embed.SpaceError
	if !errors.As(err, &space) {
		t.Fatalf("error is %v, want a SpaceError", err)
	}
	if space.Free > 32<<20 || space.Needed < 72<<20-1<<20 || space.Reserve != 8<<20 {
		t.Errorf("error is %+v", space)
	}
	want(t, err, nil, "MiB needed")
}

// The limit is below what the disk has, so that a full stream evicts and the
// disk never fills.
func TestLimitFollowsTheDisk(t *testing.T) {
	cfg := config(mount(t, "size=128m", 0))
	cfg.MaxBytes, cfg.Reserve = 1<<40, 16<<20
	srv := start(t, cfg)
	if got := srv.MaxBytes(); got > 112<<20 || got < 100<<20 {
		t.Errorf("limit is %d MiB of a disk of 128 MiB", got>>20)
	}
	shutdown(t, srv)
}

// A store that cannot be opened is told at once, with the reason.
func TestBrokenStore(t *testing.T) {
	cfg := config(t.TempDir())
	if err := os.WriteFile(filepath.Join(cfg.Dir, "nats"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err := embed.Start(cfg)
	want(t, err, nil, "not a directory")
	if time.Since(began) > 5*time.Second {
		t.Errorf("it took %v", time.Since(began))
	}
}

func TestShutdownHeedsContext(t *testing.T) {
	srv := start(t, config(t.TempDir()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := srv.Shutdown(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	shutdown(t, srv)
}

func TestLogger(t *testing.T) {
	var out strings.Builder
	cfg := config(t.TempDir())
	cfg.Logger = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	shutdown(t, start(t, cfg))
	if !strings.Contains(out.String(), "level=DEBUG") || strings.Contains(out.String(), "level=INFO") {
		t.Errorf("log is %s", out.String())
	}
}

func start(t *testing.T, cfg embed.Config) *embed.Server {
	t.Helper()
	srv, err := embed.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

func connect(t *testing.T, srv *embed.Server) *bus.Conn {
	t.Helper()
	conn, err := bus.Connect(t.Context(), bus.Config{}, bus.InProcess(srv))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func shutdown(t *testing.T, srv *embed.Server, conns ...*bus.Conn) {
	t.Helper()
	for _, conn := range conns {
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func want(t *testing.T, err, kind error, text string) {
	t.Helper()
	if err == nil || kind != nil && !errors.Is(err, kind) || !strings.Contains(err.Error(), text) {
		t.Errorf("error is %v, want %v with %q", err, kind, text)
	}
}

// mount gives the test a file system of its own.
func mount(t *testing.T, options string, flags uintptr) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		t.Skipf("mounting a tmpfs needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}
