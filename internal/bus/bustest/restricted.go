package bustest

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Restricted starts a server for two users with JetStream and returns the URL
// of one with all rights and of one who may publish to the given subjects only.
func Restricted(t testing.TB, allow ...string) (admin, user string) {
	t.Helper()
	opts := &server.Options{
		ServerName: "restricted", Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: t.TempDir(), JetStreamMaxStore: maxBytes,
		Users: []*server.User{
			{Username: "admin", Password: "secret"},
			{Username: "user", Password: "secret", Permissions: &server.Permissions{
				Publish:   &server.SubjectPermission{Allow: allow},
				Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
			}},
		},
	}
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
	for !srv.JetStreamEnabled() {
		time.Sleep(time.Millisecond)
	}
	as := func(name string) string {
		return strings.Replace(srv.ClientURL(), "nats://", "nats://"+name+":secret@", 1)
	}
	return as("admin"), as("user")
}
