package detector

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
)

// Batches on the stream of events become detections on theirs, each once, even
// where a batch is published twice; what is no batch goes to the dead letters.
func TestOverBroker(t *testing.T) {
	conn := bustest.Run(t)
	settings := stage.Settings{Instance: "d", Logger: bustest.Logger(t)}
	d, err := New(Default(), regoSet(t, "A", "B"), settings)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	runner, err := stage.New(conn, stage.Config{
		Stage: "detector", Stream: bus.StreamEvents, Filter: bus.EventsFilter, NewHandler: d.NewHandler,
	}, settings)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	const batches = 20
	in := message(t, opens("/etc/passwd", "/etc/group"))
	for i := range batches {
		m := bus.Message{Subject: bus.EventsSubject(i%16, "n1"), ID: fmt.Sprint("batch/", i), Data: in.Data}
		if err := conn.Publish(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	noise := bus.Message{Subject: bus.EventsSubject(1, "n1"), ID: "noise", Data: []byte("noise")}
	if err := conn.Publish(ctx, noise); err != nil {
		t.Fatal(err)
	}
	running, end := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- runner.Run(running) }()
	if err := runner.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	end()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	// All batches hold the same event, which each of two signatures matches.
	for stream, want := range map[string]uint64{bus.StreamDetections: 2, bus.StreamDLQ: 1} {
		usage, err := conn.Usage(ctx, stream)
		if err != nil || usage.Messages != want {
			t.Errorf("%s holds %d messages, want %d: %v", stream, usage.Messages, want, err)
		}
	}
}
