package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
)

func TestProvisionAgain(t *testing.T) {
	conn := bustest.Run(t)
	publish(t, conn, 0, 1)
	layout := bus.Layout{MaxBytes: 256 << 20, RawAge: time.Hour}
	for range 2 {
		if err := conn.Provision(t.Context(), layout); err != nil {
			t.Fatal(err)
		}
	}
	usage, err := conn.Usage(t.Context(), bus.StreamRaw)
	if err != nil {
		t.Fatal(err)
	}
	if usage.Messages != 1 || usage.MaxBytes >= 256<<20/2 || usage.LastSeq != 1 {
		t.Errorf("usage is %+v, want the one message and the new limit", usage)
	}
	var names []string
	for name := range conn.JetStream().StreamNames(t.Context()).Name() {
		names = append(names, name)
	}
	if len(names) != 6+6 {
		t.Errorf("streams are %v", names)
	}
}

// All shares together must not be more than what is there, or the last stream
// could not be made.
func TestProvisionUsesNoMoreThanGiven(t *testing.T) {
	srv := bustest.Start(t, embed.Config{MaxBytes: 64 << 20})
	bustest.Connect(t, srv, bus.Layout{MaxBytes: 64 << 20})
}

func TestProvisionWithoutStorage(t *testing.T) {
	srv := bustest.Start(t, embed.Config{MaxBytes: 64 << 20})
	conn := bustest.Connect(t, srv, bus.Layout{MaxBytes: 64 << 20})
	err := conn.Provision(t.Context(), bus.Layout{MaxBytes: 1 << 30})
	if !errors.Is(err, bus.ErrFull) || !strings.Contains(err.Error(), bus.StreamRaw) {
		t.Errorf("error is %v, want ErrFull with the stream's name", err)
	}
}

func TestProvisionRefusesOtherPartitions(t *testing.T) {
	conn := bustest.Run(t)
	err := conn.Provision(t.Context(), bus.Layout{Partitions: 8, MaxBytes: 256 << 20})
	if !errors.Is(err, bus.ErrPartitions) || !strings.Contains(err.Error(), bus.StreamRaw) {
		t.Errorf("error is %v, want ErrPartitions with the stream's name", err)
	}
}

func TestProvisionTooManyReplicas(t *testing.T) {
	conn := bustest.Run(t)
	err := conn.Provision(t.Context(), bus.Layout{Replicas: 3, MaxBytes: 256 << 20})
	wantError(t, err, "replicas")
}

// The broker divides raw messages exactly as Partition does, for any name.
func TestBrokerPartitionsLikePartition(t *testing.T) {
	conn := bustest.Run(t)
	want := map[string]string{}
	for i := range 50 {
		node := fmt.Sprintf("node %d.example%c", i, rune('a'+i%26))
		m := bus.Message{Subject: bus.RawSubject(node), ID: node}
		if err := conn.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		want[node] = fmt.Sprintf("weir.raw.%d.%s", bus.Partition(bus.Token(node), 16), bus.Token(node))
	}
	for _, m := range read(t, conn, bus.TailConfig{Stream: bus.StreamRaw}, len(want)) {
		if m.Subject != want[m.ID] {
			t.Errorf("%q is stored as %q, want %q", m.ID, m.Subject, want[m.ID])
		}
	}
}

// Every subject that the package makes is stored by its stream.
func TestStreamsTakeTheirSubjects(t *testing.T) {
	conn := bustest.Run(t)
	for subject, stream := range map[string]string{
		bus.RawSubject("a.b"):               bus.StreamRaw,
		bus.EventsSubject(3, "a.b"):         bus.StreamEvents,
		bus.DetectionsSubject(3):            bus.StreamDetections,
		bus.FindingSubject("low", "x.y *>"): bus.StreamFindings,
		bus.DLQSubject("enricher", 3):       bus.StreamDLQ,
	} {
		if err := conn.Publish(t.Context(), bus.Message{Subject: subject, ID: "1"}); err != nil {
			t.Errorf("%s: %v", subject, err)
			continue
		}
		wantMessages(t, conn, stream, 1)
	}
}

func TestUsage(t *testing.T) {
	conn := bustest.Run(t)
	publish(t, conn, 0, 10)
	cfg := bus.TailConfig{Stream: bus.StreamRaw, Durable: "reader"}
	_ = conn.Tail(t.Context(), cfg, func(_ context.Context, m bus.Received) error {
		if m.ID == "id/4" {
			return errStop
		}
		return nil
	})
	raw, err := conn.JetStream().Stream(t.Context(), bus.StreamRaw)
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Purge(t.Context(), jetstream.WithPurgeSequence(8)); err != nil {
		t.Fatal(err)
	}
	usage, err := conn.Usage(t.Context(), bus.StreamRaw)
	if err != nil {
		t.Fatal(err)
	}
	if usage.Messages != 3 || usage.FirstSeq != 8 || usage.LastSeq != 10 || usage.Bytes == 0 || len(usage.Consumers) != 1 {
		t.Fatalf("usage is %+v", usage)
	}
	if c := usage.Consumers[0]; c.Name != "reader" || c.Pending != 3 {
		t.Errorf("consumer is %+v", c)
	}
	_, err = conn.Usage(t.Context(), "NONE")
	wantError(t, err, "stream NONE")
}
