package stage_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
)

func TestSmoke(t *testing.T) {
	conn := bustest.Run(t)
	r, err := stage.New(conn, stage.Config{Stage: "enricher", Stream: bus.StreamRaw, Filter: bus.RawFilter,
		NewHandler: func(p int) (stage.Handler, error) {
			return stage.HandlerFunc(func(_ context.Context, in stage.Message) ([]stage.Output, error) {
				return []stage.Output{{Subject: bus.EventsSubject(p, "n"), ID: in.ID, Data: in.Data}}, nil
			}), nil
		}}, stage.Settings{Logger: bustest.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	for i := range 100 {
		if err := conn.Publish(t.Context(), bus.Message{Subject: bus.RawSubject(fmt.Sprint("node.", i)), ID: fmt.Sprint(i), Data: make([]byte, 3000)}); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	if err := r.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Log("drain", time.Since(start))
	cancel()
	start = time.Now()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	t.Log("stop", time.Since(start))
	u, err := conn.Usage(t.Context(), bus.StreamEvents)
	if err != nil || u.Messages != 100 {
		t.Fatal(u, err)
	}
}
