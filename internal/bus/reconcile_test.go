package bus_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

// unprovisioned returns a connection to a server where nothing exists.
func unprovisioned(t *testing.T) *bus.Conn {
	t.Helper()
	return bustest.Dial(t, bustest.Configured(t, "").ClientURL())
}

// actions counts what was done.
func actions(changes []bus.Change) map[string]int {
	n := map[string]int{}
	for _, c := range changes {
		n[c.Action]++
	}
	return n
}

func reconcile(t *testing.T, conn *bus.Conn, l bus.Layout, o bus.ProvisionOptions) []bus.Change {
	t.Helper()
	changes, err := conn.Reconcile(t.Context(), l, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != l.Count() {
		t.Errorf("%d changes, want one for each of %d", len(changes), l.Count())
	}
	return changes
}

// It tells what it does, does nothing twice, and nothing at all in a dry run.
func TestReconcile(t *testing.T) {
	conn := unprovisioned(t)
	l := bus.Layout{MaxBytes: 128 << 20, Partitions: 4}
	for range 2 {
		if n := actions(reconcile(t, conn, l, bus.ProvisionOptions{DryRun: true})); n[bus.ActionCreate] != l.Count() {
			t.Errorf("dry run: %v", n)
		}
	}
	if n := actions(reconcile(t, conn, l, bus.ProvisionOptions{})); n[bus.ActionCreate] != l.Count() {
		t.Errorf("first: %v", n)
	}
	if changes := reconcile(t, conn, l, bus.ProvisionOptions{}); actions(changes)[bus.ActionNone] != l.Count() {
		t.Errorf("again: %+v", changes)
	}
	l.FindingsAge = time.Hour
	for _, dry := range []bool{true, false} {
		changes := reconcile(t, conn, l, bus.ProvisionOptions{DryRun: dry})
		i := slices.IndexFunc(changes, func(c bus.Change) bool { return c.Action == bus.ActionUpdate })
		if actions(changes)[bus.ActionUpdate] != 1 || changes[i].Name != bus.StreamFindings {
			t.Fatalf("changes are %+v", changes)
		}
		if s := changes[i].Settings; len(s) != 1 || s[0] != (bus.Setting{Name: "max_age", From: "720h0m0s", To: "1h0m0s"}) {
			t.Errorf("settings are %+v", s)
		}
	}
	if n := actions(reconcile(t, conn, l, bus.ProvisionOptions{})); n[bus.ActionNone] != l.Count() {
		t.Errorf("at last: %v", n)
	}
}

// What an operator configured besides stays.
func TestReconcileKeepsWhatIsTheOperators(t *testing.T) {
	conn := unprovisioned(t)
	l := bus.Layout{MaxBytes: 128 << 20}
	reconcile(t, conn, l, bus.ProvisionOptions{})
	stream, err := conn.JetStream().Stream(t.Context(), bus.StreamRaw)
	if err != nil {
		t.Fatal(err)
	}
	cfg := stream.CachedInfo().Config
	cfg.Description, cfg.MaxConsumers = "ours", -1
	cfg.Metadata["team"] = "blue"
	if _, err := conn.JetStream().UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	l.RawAge = time.Hour
	reconcile(t, conn, l, bus.ProvisionOptions{})
	stream, err = conn.JetStream().Stream(t.Context(), bus.StreamRaw)
	if err != nil {
		t.Fatal(err)
	}
	if cfg := stream.CachedInfo().Config; cfg.Description != "ours" || cfg.Metadata["team"] != "blue" || cfg.MaxAge != time.Hour {
		t.Errorf("configuration is %+v", cfg)
	}
}

// What would lose messages is refused with the reason, and then nothing changes.
func TestReconcileRefusesLoss(t *testing.T) {
	conn := unprovisioned(t)
	l := bus.Layout{MaxBytes: 1 << 30, Partitions: 4}
	reconcile(t, conn, l, bus.ProvisionOptions{})
	for i := range 40 {
		m := bus.Message{Subject: bus.FindingSubject("low", "x"), ID: string(rune('a' + i)), Data: make([]byte, 700<<10), Plain: true}
		if err := conn.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*bus.Layout)
		is     error
		says   string
	}{
		{"partitions", func(l *bus.Layout) { l.Partitions = 8 }, bus.ErrPartitions, "keep the old number"},
		{"space", func(l *bus.Layout) { l.MaxBytes = 64 << 20 }, bus.ErrLoss, "stream WEIR_FINDINGS: it holds"},
		{"time", func(l *bus.Layout) { l.FindingsAge = time.Second }, bus.ErrLoss, "its oldest message is of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			time.Sleep(time.Second)
			other := l
			other.RawAge = time.Hour
			c.change(&other)
			_, err := conn.Reconcile(t.Context(), other, bus.ProvisionOptions{})
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error is %v, want one with %q", err, c.says)
			}
			if n := actions(reconcile(t, conn, l, bus.ProvisionOptions{DryRun: true})); n[bus.ActionNone] != l.Count() {
				t.Errorf("something was changed: %v", n)
			}
		})
	}
	l.MaxBytes = 64 << 20
	reconcile(t, conn, l, bus.ProvisionOptions{Evict: true})
	if usage, err := conn.Usage(t.Context(), bus.StreamFindings); err != nil || usage.Messages >= 40 {
		t.Errorf("usage %+v, %v", usage, err)
	}
}

func TestReconcileBesideAStrangerOnTheSubjects(t *testing.T) {
	conn := unprovisioned(t)
	_, err := conn.JetStream().CreateStream(t.Context(), jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"weir.>"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Reconcile(t.Context(), bus.Layout{MaxBytes: 128 << 20}, bus.ProvisionOptions{})
	wantError(t, err, "another stream takes its subjects")
}

func TestPartitions(t *testing.T) {
	conn := unprovisioned(t)
	if _, err := conn.Partitions(t.Context(), bus.StreamRaw); !errors.Is(err, bus.ErrNoStream) {
		t.Errorf("error is %v", err)
	}
	reconcile(t, conn, bus.Layout{MaxBytes: 128 << 20, Partitions: 3}, bus.ProvisionOptions{})
	for stream, want := range map[string]int{bus.StreamRaw: 3, bus.StreamEvents: 3, bus.StreamFindings: 0} {
		if n, err := conn.Partitions(t.Context(), stream); err != nil || n != want {
			t.Errorf("%s has %d, %v; want %d", stream, n, err, want)
		}
	}
}

func TestSurvey(t *testing.T) {
	conn := unprovisioned(t)
	for _, there := range []bool{false, true} {
		found, err := conn.Survey(t.Context())
		if err != nil || len(found) != (bus.Layout{}).Count() {
			t.Fatalf("%d found, %v", len(found), err)
		}
		for _, f := range found {
			if f.Missing == there || f.Hidden || there && (f.Replicas != 1 || f.Peers != 1 || f.Behind != 0) {
				t.Errorf("%+v", f)
			}
		}
		reconcile(t, conn, bus.Layout{MaxBytes: 128 << 20}, bus.ProvisionOptions{})
	}
}
