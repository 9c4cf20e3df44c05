package bus_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

func TestConnectErrors(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "garbage")
	if err := os.WriteFile(garbage, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	admin, _ := bustest.Restricted(t)
	wrong := "nats://me:hunter2@" + admin[len("nats://admin:secret@"):]
	const nowhere = "nats://127.0.0.1:1"
	for _, c := range []struct {
		name string
		cfg  bus.Config
		want string
	}{
		{"nothing given", bus.Config{}, "no NATS URL given"},
		{"invalid", bus.Config{URL: "x"}, "want nats://host:port"},
		{"nobody there", bus.Config{URL: nowhere}, "connect to NATS at nats://127.0.0.1:1"},
		{"wrong password", bus.Config{URL: wrong}, "refuses the credentials"},
		{"no nkey file", bus.Config{URL: nowhere, NKeyFile: garbage + "0"}, "garbage0"},
		{"no creds file", bus.Config{URL: nowhere, CredsFile: garbage + "0"}, "garbage0"},
		{"bad certificate", bus.Config{URL: nowhere, TLSCert: garbage, TLSKey: garbage}, "TLS certificate"},
		{"bad CA", bus.Config{URL: nowhere, TLSCA: garbage}, "garbage"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := bus.Connect(t.Context(), c.cfg)
			wantError(t, err, c.want)
			if conn != nil {
				t.Error("there is a connection beside the error")
			}
		})
	}
}

func TestConnectHeedsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	start := time.Now()
	_, err := bus.Connect(ctx, bus.Config{URL: "nats://127.0.0.1:1"})
	wantError(t, err, "context canceled")
	if time.Since(start) > time.Second {
		t.Errorf("it took %v", time.Since(start))
	}
}

// A network that swallows everything, and ends nothing, is noticed within seconds;
// the connection is made anew when it is well.
func TestSilentNetworkIsNoticed(t *testing.T) {
	t.Parallel()
	_, url := bustest.RunListening(t)
	proxy := bustest.NewProxy(t, url)
	conn, err := bus.Connect(t.Context(), bus.Config{URL: proxy.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	trouble := func(want bool, limit time.Duration) {
		t.Helper()
		for deadline := time.Now().Add(limit); (conn.Trouble() != "") != want; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("trouble is %q after %v", conn.Trouble(), limit)
			}
		}
	}
	proxy.Hold()
	trouble(true, 20*time.Second)
	proxy.Heal()
	trouble(false, 10*time.Second)
	if err := conn.Publish(t.Context(), message(1, 1)); err != nil {
		t.Error(err)
	}
}

func TestClose(t *testing.T) {
	conn := bustest.Run(t)
	for range 2 {
		if err := conn.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	err := conn.Publish(t.Context(), message(1, 1))
	wantError(t, err, "closed")
}
