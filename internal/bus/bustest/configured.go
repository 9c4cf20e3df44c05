package bustest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Configured starts a server from the text of a configuration, as nats-server
// reads it, and returns its URL. Where the text names no port, it listens on a
// free one of loopback; where it names no directory, the streams are in the
// test's own. Where it names no limit of storage, there is room to reserve for
// any layout, however full the disk is: the server's own default is a share of
// what is free.
func Configured(t testing.TB, text string) *server.Server {
	t.Helper()
	opts := ParseConfig(t, text)
	if opts.Host == "" {
		opts.Host = "127.0.0.1"
	}
	if opts.Port == 0 {
		opts.Port = server.RANDOM_PORT
	}
	if opts.StoreDir == "" {
		opts.StoreDir = t.TempDir()
	}
	if opts.JetStreamMaxStore <= 0 {
		opts.JetStreamMaxStore = room
	}
	opts.JetStream, opts.NoSigs, opts.NoLog = true, true, true
	srv, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	if !srv.ReadyForConnections(timeout) {
		t.Fatal("server is not ready")
	}
	for deadline := time.Now().Add(timeout); opts.Cluster.Name == "" && !srv.JetStreamEnabled(); {
		if time.Now().After(deadline) {
			t.Fatal("JetStream is not ready")
		}
		time.Sleep(time.Millisecond)
	}
	return srv
}

// room is what streams may reserve, in bytes; only what they hold takes space.
const room = 64 << 30

// ParseConfig reads the text of a configuration with the server's own parser.
func ParseConfig(t testing.TB, text string) *server.Options {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	opts, err := server.ProcessConfigFile(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return opts
}
