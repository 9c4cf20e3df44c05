package stage_test

import (
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
)

// Consumers are made once, one a partition; those with other settings are
// brought back, and a stage uses them as they are.
func TestProvision(t *testing.T) {
	conn := bustest.Run(t)
	reader, _ := bus.ReaderOf(bus.StageEnricher)
	provision := func(dry bool, want string) []bus.Change {
		t.Helper()
		changes, err := stage.Provision(t.Context(), conn, reader, 4, dry)
		if err != nil || len(changes) != 4 {
			t.Fatalf("%d changes, %v", len(changes), err)
		}
		for _, c := range changes {
			if c.Action != want {
				t.Errorf("%+v, want %s", c, want)
			}
		}
		return changes
	}
	provision(true, bus.ActionCreate)
	provision(false, bus.ActionCreate)
	provision(false, bus.ActionNone)

	stream, err := conn.JetStream().Stream(t.Context(), reader.Stream)
	if err != nil {
		t.Fatal(err)
	}
	for p := range 4 {
		consumer, err := stream.Consumer(t.Context(), bus.ConsumerName(reader.Stage, p))
		if err != nil {
			t.Fatal(err)
		}
		cfg := consumer.CachedInfo().Config
		cfg.AckWait *= 2
		if _, err := stream.UpdateConsumer(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range provision(true, bus.ActionUpdate) {
		if len(c.Settings) != 1 || c.Settings[0].Name != "ack_wait" || c.Settings[0].From == c.Settings[0].To {
			t.Errorf("%+v", c)
		}
	}
	provision(false, bus.ActionUpdate)
	provision(false, bus.ActionNone)
}
