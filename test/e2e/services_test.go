package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus/bustest"
)

// The same services as programs of their own, around a broker elsewhere: a
// finding arrives, and the detector can be replaced while events come.
func TestFourProgramsAroundABroker(t *testing.T) {
	needEBPF(t)
	_, url := bustest.RunListening(t)
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	dir := writeSignature(t, watched)
	detect := func(instance string) *process {
		return startReady(t, nil, "weir-detector", "--nats-url", url, "--signatures", dir, "--instance", instance)
	}
	startReady(t, nil, "weir-enricher", "--nats-url", url)
	startReady(t, nil, "weir-notifier", "--nats-url", url)
	detector := detect("one")
	waitForInterest(t, startReady(t, nil, "weir-collector", "--nats-url", url, "--node", "web-1"))

	findings := subscribe(t, url, "weir.findings.>")
	read := func(want int) {
		t.Helper()
		if err := exec.Command("cat", watched).Run(); err != nil {
			t.Fatal(err)
		}
		eventually(t, 15*time.Second, "the finding", func() error {
			if n := len(uniqueIDs(findings.all())); n != want {
				return fmt.Errorf("%d findings, want %d", n, want)
			}
			return nil
		})
	}
	read(1)
	if code := detector.stop(); code != 0 {
		t.Errorf("the detector ends with %d", code)
	}
	// Nobody detects: the event waits in its stream.
	if err := exec.Command("cat", watched).Run(); err != nil {
		t.Fatal(err)
	}
	detect("two")
	read(3)
	if n := len(findings.all()); n != 3 {
		t.Errorf("%d findings on the subject, want each of the 3 once", n)
	}
	valid := newValidator(t)
	for _, m := range findings.all() {
		if ce := valid.check(t, m.Data); ce.Source() != "https://weirsec.github.io/weir/nodes/web-1" {
			t.Errorf("source %s", ce.Source())
		}
	}
}

// waitForInterest waits until the collector's programs look at opens, whether they
// report them or leave them out: it learns from the broker what the detectors want.
func waitForInterest(t *testing.T, collector *process) {
	t.Helper()
	eventually(t, 15*time.Second, "the collector looks at opens", func() error {
		// Opens files, but not the watched one.
		_ = exec.Command("true").Run()
		body, err := httpGet(t.Context(), collector.http+"/metrics")
		if err == nil && !contains(body, `weir_collector_kernel_events_total{event="openat"`) {
			return fmt.Errorf("none yet")
		}
		return err
	})
}

// What is wrong with the command line, or with the credentials, is told at once;
// a broker that is not there is waited for (TestProgramsBeforeTheirBroker).
func TestProgramsThatCannotWork(t *testing.T) {
	secured := bustest.Configured(t, "authorization { user: a, password: b }").ClientURL()
	for _, name := range []string{"weir-enricher", "weir-detector", "weir-notifier", "weir-collector"} {
		t.Run(name, func(t *testing.T) {
			_, stderr, code := output(t, name, "--nats-url", secured, "--http", "off")
			if code != 1 || !contains(stderr, secured+" refuses the credentials") {
				t.Errorf("exit code %d:\n%s", code, stderr)
			}
			if _, stderr, code = output(t, name, "--fast"); code != 2 || !contains(stderr, "unknown flag: --fast") {
				t.Errorf("exit code %d:\n%s", code, stderr)
			}
		})
	}
}

func TestFindingsTailNeedsABroker(t *testing.T) {
	addr := "nats://" + freeAddress(t)
	_, stderr, code := output(t, "weir", "findings", "tail", "--nats-url", addr)
	if code != 1 || !contains(stderr, addr) || !contains(stderr, "--listen") {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
}

// Findings can be looked at afterwards, from another process.
func TestFindingsShowAndTail(t *testing.T) {
	needEBPF(t)
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	_, url := startRun(t, nil, "--signatures", writeSignature(t, watched))
	findings := subscribe(t, url, "weir.findings.medium.>")
	if err := exec.Command("cat", watched).Run(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, "the finding", func() error {
		if len(findings.all()) == 0 {
			return fmt.Errorf("none")
		}
		return nil
	})
	id := newValidator(t).check(t, findings.all()[0].Data).ID()
	stdout, stderr, code := output(t, "weir", "findings", "show", id[:8], "--nats-url", url)
	if code != 0 || !contains(stdout, "Watched File") || !contains(stdout, "kernel→alert") {
		t.Errorf("exit code %d:\n%s\n%s", code, stdout, stderr)
	}
	if _, stderr, code = output(t, "weir", "findings", "show", "zzzzzzzz", "--nats-url", url); code != 1 {
		t.Errorf("an unknown id: exit code %d:\n%s", code, stderr)
	}
	tail := start(t, nil, "weir", "findings", "tail", "--since", "1h", "--output", "json", "--nats-url", url)
	eventually(t, 5*time.Second, "the finding in the tail", func() error {
		if !contains(tail.stdout.String(), id) {
			return fmt.Errorf("stdout is %q", tail.stdout.String())
		}
		return nil
	})
	if code := tail.stop(); code != 0 {
		t.Errorf("the tail ends with %d", code)
	}
}
