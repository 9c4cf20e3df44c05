package rights_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/rights"
	"github.com/weirsec/weir/internal/stage"
)

const partitions = 2

// account is a server with the printed configuration, and everybody's keys.
type account struct {
	url, keys string
	users     map[string]rights.User
}

// start starts a server with a user for each role and for the nodes, all streams
// and consumers made by the user who may.
func start(t *testing.T, nodes ...string) *account {
	t.Helper()
	a := &account{keys: t.TempDir(), users: map[string]rights.User{}}
	cfg := rights.Config{Account: "WEIR", SystemAccount: "SYS", Layout: layout(), Users: rights.Users(nodes)}
	for i := range cfg.Users {
		if made, err := cfg.Users[i].UseKey(a.keys); err != nil || !made {
			t.Fatalf("made %v, %v", made, err)
		}
		a.users[cfg.Users[i].Name] = cfg.Users[i]
	}
	a.url = bustest.Configured(t, text(t, cfg)).ClientURL()
	admin := a.connect(t, rights.Admin)
	if err := admin.Provision(t.Context(), layout()); err != nil {
		t.Fatal(err)
	}
	for _, reader := range bus.Readers() {
		if _, err := stage.Provision(t.Context(), admin, reader, partitions, false); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func layout() bus.Layout { return bus.Layout{Partitions: partitions, MaxBytes: 128 << 20} }

func text(t *testing.T, cfg rights.Config) string {
	t.Helper()
	var out bytes.Buffer
	if err := cfg.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// config returns how a user connects.
func (a *account) config(t *testing.T, name string) bus.Config {
	t.Helper()
	u, ok := a.users[name]
	if !ok {
		t.Fatalf("there is no user %q", name)
	}
	return bus.Config{
		URL: a.url, Name: name, NKeyFile: filepath.Join(a.keys, u.KeyFile()), InboxPrefix: bus.Inbox(u.Role, u.Node),
	}
}

// connect connects as Weir's programs do.
func (a *account) connect(t *testing.T, name string) *bus.Conn {
	t.Helper()
	conn, err := bus.Connect(t.Context(), a.config(t, name), bus.WithLogger(bustest.Logger(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

// raw connects as anybody with the user's key can, to try what Weir never does.
func (a *account) raw(t *testing.T, name string) *nats.Conn {
	t.Helper()
	cfg := a.config(t, name)
	key, err := nats.NkeyOptionFromSeed(cfg.NKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(cfg.URL, key, nats.CustomInboxPrefix(cfg.InboxPrefix), nats.Timeout(10*time.Second),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}
