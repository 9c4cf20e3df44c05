package bustest

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
)

// Window sets for how long the broker knows the ids of a stream's messages.
func Window(t testing.TB, conn *bus.Conn, stream string, window time.Duration) {
	t.Helper()
	change(t, conn, stream, func(c *jetstream.StreamConfig) { c.Duplicates = window })
}

// Limit has a stream refuse what is beyond so many bytes.
func Limit(t testing.TB, conn *bus.Conn, stream string, bytes int64) {
	t.Helper()
	change(t, conn, stream, func(c *jetstream.StreamConfig) { c.MaxBytes, c.Discard = bytes, jetstream.DiscardNew })
}

func change(t testing.TB, conn *bus.Conn, stream string, how func(*jetstream.StreamConfig)) {
	t.Helper()
	s, err := conn.JetStream().Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	cfg := s.CachedInfo().Config
	how(&cfg)
	if _, err := conn.JetStream().UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
}
