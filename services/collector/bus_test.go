package collector

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/record"
)

// A real broker has every batch once and in order, with headers that say what
// is inside.
func TestRealBroker(t *testing.T) {
	conn := bustest.Run(t)
	cfg := config()
	cfg.Node, cfg.Subject = "rack 1.node", bus.RawSubject
	const events = 2000
	source := script(func(_ context.Context, sink Sink) error {
		for i := range events {
			sink.Record(rec(catalogue.Openat, uint64(i)))
		}
		return nil
	})
	c, err := New(cfg, source, conn, stage.Settings{Instance: "i"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	enough := errors.New("enough")
	var times []uint64
	err = conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamRaw}, func(_ context.Context, m bus.Received) error {
		b, err := record.Unmarshal(m.Data)
		if err != nil {
			return err
		}
		if m.Header["Weir-Node"] != "rack 1.node" || m.ID == "" || b.Envelope.Node != "rack 1.node" {
			t.Errorf("headers %v of %v", m.Header, b.Envelope)
		}
		for r, err := range record.Records(b.Records) {
			if err != nil {
				return err
			}
			_, at, _ := record.Peek(r)
			times = append(times, at)
		}
		if len(times) >= events {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || len(times) != events || !slices.IsSorted(times) {
		t.Errorf("%d of %d events, %v", len(times), events, err)
	}
}
