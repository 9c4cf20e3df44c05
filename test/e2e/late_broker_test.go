package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/schemas/ledger"
)

// All programs are started before their broker is there. The collector watches from
// the first moment what detectors wanted when it was last known, and keeps it on
// disk; when the broker comes everything arrives, in order.
func TestProgramsBeforeTheirBroker(t *testing.T) {
	needEBPF(t)
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	dir, spool := writeSignature(t, watched), t.TempDir()
	learn(t, dir, spool)

	host, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	url := "nats://" + net.JoinHostPort(host, port)
	collector := startReady(t, nil, "weir-collector", "--nats-url", url, "--node", "web-1", "--spool-dir", spool)
	stages := []*process{
		start(t, nil, "weir-enricher", "--nats-url", url, "--http", "off"),
		start(t, nil, "weir-notifier", "--nats-url", url, "--http", "off"),
		start(t, nil, "weir-detector", "--nats-url", url, "--signatures", dir, "--http", "off"),
	}
	for _, says := range []string{"NATS does not answer: starting without it", "begins with what signatures wanted last"} {
		if n := strings.Count(collector.stderr.String(), says); n != 1 {
			t.Errorf("the collector says %d times %q", n, says)
		}
	}
	waitForInterest(t, collector)
	const opens = 40
	var want []string
	open := func(n int) {
		t.Helper()
		for range n {
			path := fmt.Sprintf("%s-%04d", watched, len(want))
			writeFile(t, path, "") // which opens it
			want = append(want, path)
		}
	}
	open(opens / 2)
	if body, err := httpGet(t.Context(), collector.http+"/readyz"); err != nil || !contains(body, `"degraded"`) || !contains(body, "not connected to NATS") {
		t.Errorf("the collector says %s, %v", body, err)
	}
	if body, err := httpGet(t.Context(), collector.http+"/livez"); err != nil {
		t.Errorf("the collector does not live: %s, %v", body, err)
	}
	eventually(t, 10*time.Second, "batches are on disk", func() error {
		if segments, err := filepath.Glob(filepath.Join(spool, "*.seg")); err != nil || len(segments) == 0 {
			return fmt.Errorf("there are %d files: %w", len(segments), err)
		}
		return nil
	})
	bustest.Configured(t, "port: "+port)
	eventually(t, 30*time.Second, "the collector is connected", func() error {
		if !contains(collector.stderr.String(), "NATS is there") {
			return fmt.Errorf("it says nothing")
		}
		return nil
	})
	open(opens / 2)
	// What is on disk when a collector stops is for the next one.
	eventually(t, 30*time.Second, "nothing waits on disk", func() error {
		body, err := httpGet(t.Context(), collector.http+"/metrics")
		if err == nil && !spoolEmpty.MatchString(body) {
			return errors.New("something does")
		}
		return err
	})
	if code := collector.stop(); code != 0 {
		t.Errorf("the collector ends with %d", code)
	}
	var b balanced
	eventually(t, 40*time.Second, "the balance with all findings", func() error {
		b = readLedger(t, url)
		if b.State != ledger.Balanced || len(b.Nodes) != 1 || b.Nodes[0].Stages["notifier"] == nil ||
			b.Nodes[0].Stages["notifier"].Published < opens {
			text, err := json.Marshal(b)
			return fmt.Errorf("%s %w", text, err)
		}
		return nil
	})
	for _, p := range stages {
		if code := p.stop(); code != 0 {
			t.Errorf("a stage ends with %d", code)
		}
	}
	if got := openedFiles(t, url); !slices.Equal(got, want) {
		t.Errorf("findings are of\n%v\nwant\n%v", got, want)
	}
}

// learn has a collector with this spool find out what the signatures want.
func learn(t *testing.T, signatures, spool string) {
	t.Helper()
	_, url := bustest.RunListening(t)
	detector := startReady(t, nil, "weir-detector", "--nats-url", url, "--signatures", signatures)
	collector := startReady(t, nil, "weir-collector", "--nats-url", url, "--node", "web-1", "--spool-dir", spool)
	waitForInterest(t, collector)
	for _, p := range []*process{collector, detector} {
		if code := p.stop(); code != 0 {
			t.Errorf("it ends with %d", code)
		}
	}
}

// openedFiles are the paths in the findings, in the order of their stream.
func openedFiles(t *testing.T, url string) (paths []string) {
	t.Helper()
	conn := bustest.Dial(t, url)
	usage, err := conn.Usage(t.Context(), bus.StreamFindings)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err = conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamFindings}, func(_ context.Context, m bus.Received) error {
		if path := watchedPath.Find(m.Data); path != nil {
			paths = append(paths, string(path))
		}
		if m.StreamSeq >= usage.LastSeq {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// spoolEmpty is the metric of a spool where nothing waits.
var spoolEmpty = regexp.MustCompile(`(?m)^weir_collector_spool_waiting(\{.*\})? 0$`)

// watchedPath finds the file of a finding.
var watchedPath = regexp.MustCompile(`/[^" ]*/watched-[0-9]{4}`)
