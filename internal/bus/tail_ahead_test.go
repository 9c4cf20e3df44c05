package bus_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
)

// A reader that is slower than the broker loses nothing of what is sent ahead:
// otherwise the client would say so, and read it again.
func TestTailSlowly(t *testing.T) {
	srv := bustest.Start(t, embed.Config{})
	publish(t, bustest.Connect(t, srv, bus.Layout{}), 0, 1000)
	var said strings.Builder
	conn, err := bus.Connect(t.Context(), bus.Config{Name: t.Name()}, bus.InProcess(srv),
		bus.WithLogger(slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn}))))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = conn.Tail(t.Context(), bus.TailConfig{Stream: bus.StreamRaw}, func(context.Context, bus.Received) error {
		if n++; n%4 == 0 {
			time.Sleep(5 * time.Millisecond)
		}
		if n == 1000 {
			return errStop
		}
		return nil
	})
	if err != errStop { //nolint:errorlint // it is handed through as it is
		t.Error(err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if said.Len() != 0 {
		t.Error(said.String())
	}
}
