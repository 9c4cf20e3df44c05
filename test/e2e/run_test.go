package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// startRun runs "weir run" with a fresh data directory and NATS open.
func startRun(t *testing.T, env []string, args ...string) (p *process, natsURL string) {
	t.Helper()
	listen := freeAddress(t)
	args = append([]string{"run", "--data-dir", filepath.Join(t.TempDir(), "data"), "--listen", listen}, args...)
	return startReady(t, env, "weir", args...), "nats://" + listen
}

// The journey of the README: the documented Rego signature, unchanged, and
// somebody who reads /etc/passwd.
func TestFindingReachesTerminalAndSubscriber(t *testing.T) {
	needEBPF(t)
	dir, id := documentedSignature(t)
	weir, url := startRun(t, nil, "--signatures", dir)
	findings := subscribe(t, url, "weir.findings.>")
	valid := newValidator(t)

	began := time.Now()
	if err := exec.Command("cat", "/etc/passwd").Run(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 2*time.Second, "the finding on its subject", func() error {
		if len(findings.all()) == 0 {
			return fmt.Errorf("none yet")
		}
		return nil
	})
	eventually(t, 2*time.Second-time.Since(began), "the finding on the terminal", func() error {
		if !strings.Contains(weir.stdout.String(), id) {
			return fmt.Errorf("stdout is %q", weir.stdout.String())
		}
		return nil
	})

	var found bool
	for _, m := range findings.all() {
		ce := valid.check(t, m.Data)
		if ce.Type() != "io.github.weirsec.finding.v1" || m.Header.Get("Nats-Msg-Id") != ce.ID() {
			t.Errorf("type %s, id %s, message id %s", ce.Type(), ce.ID(), m.Header.Get("Nats-Msg-Id"))
		}
		found = found || isCat(t, ce.Data(), id)
	}
	if !found {
		t.Error("no finding tells of cat, its arguments and its ancestors")
	}
}

// isCat reports whether a finding's data tells of this test's cat.
func isCat(t *testing.T, data []byte, id string) bool {
	t.Helper()
	var f struct {
		Signature struct{ ID string }
		Event     struct {
			ProcessName string
			Args        []struct {
				Name  string
				Value any
			}
		}
		Process struct {
			PID       int
			Name      string
			Args      []string
			Ancestors []struct{ PID int }
		}
		Evidence struct{ Complete bool }
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	if f.Signature.ID != id || f.Process.Name != "cat" || len(f.Process.Ancestors) == 0 {
		return false
	}
	return f.Process.Ancestors[0].PID == os.Getpid() && len(f.Process.Args) == 2 &&
		f.Process.Args[1] == "/etc/passwd" && f.Evidence.Complete
}

// Every open counts: findings on the subject, or the drop counters, to the
// number.
func TestTenThousandOpensAreTenThousandEvents(t *testing.T) {
	needEBPF(t)
	const opens = 10_000
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	weir, url := startRun(t, nil, "--signatures", writeSignature(t, watched))
	findings := subscribe(t, url, "weir.findings.>")

	// One process, and none of Weir's own.
	script := fmt.Sprintf("for ((i = 0; i < %d; i++)); do : < %s; done", opens, watched)
	if text, err := exec.Command("bash", "-c", script).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	eventually(t, 90*time.Second, "all findings or their loss", func() error {
		ids := uniqueIDs(findings.all())
		if dropped := lostOpens(t, weir); len(ids)+dropped != opens {
			return fmt.Errorf("%d findings and %d dropped of %d", len(ids), dropped, opens)
		}
		return nil
	})
	if n, ids := len(findings.all()), len(uniqueIDs(findings.all())); n != ids {
		t.Errorf("%d findings on the subject, but only %d different ones", n, ids)
	}
}

func uniqueIDs(messages []*nats.Msg) map[string]bool {
	ids := map[string]bool{}
	for _, m := range messages {
		ids[m.Header.Get("Nats-Msg-Id")] = true
	}
	return ids
}

// lostOpens adds up the drop counters of opens, whatever the reason.
func lostOpens(t *testing.T, p *process) int {
	t.Helper()
	body, err := httpGet(t.Context(), p.http+"/metrics")
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for line := range strings.Lines(body) {
		if !strings.HasPrefix(line, "weir_collector_lost_total{") || !strings.Contains(line, `event="openat"`) {
			continue
		}
		var v float64
		if _, err := fmt.Sscan(line[strings.LastIndex(line, " ")+1:], &v); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		sum += v
	}
	return int(sum)
}

// A stop flushes everything, a restart goes on, and nothing comes twice.
func TestStopFlushesAndRestartGoesOn(t *testing.T) {
	needEBPF(t)
	data := filepath.Join(t.TempDir(), "data")
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	dir := writeSignature(t, watched)
	seen := map[string]bool{}
	for round := range 2 {
		listen := freeAddress(t)
		weir := startReady(t, nil, "weir", "run", "--data-dir", data, "--listen", listen, "--signatures", dir,
			"--output", "json")
		if err := exec.Command("cat", watched).Run(); err != nil {
			t.Fatal(err)
		}
		if code := weir.stop(); code != 0 {
			t.Fatalf("round %d: exit code %d\n%s", round, code, weir.stderr.String())
		}
		lines := strings.Split(strings.TrimSpace(weir.stdout.String()), "\n")
		if len(lines) != 1 {
			t.Fatalf("round %d: %d findings on stdout, want 1:\n%s", round, len(lines), weir.stdout.String())
		}
		id := newValidator(t).check(t, []byte(lines[0])).ID()
		if seen[id] {
			t.Errorf("finding %s came twice", id)
		}
		seen[id] = true
	}
}

// A stop is clean at every moment of the start, too.
func TestStopWhileStarting(t *testing.T) {
	needEBPF(t)
	for wait := time.Duration(0); wait < 300*time.Millisecond; wait += 25 * time.Millisecond {
		addr := freeAddress(t)
		weir := start(t, nil, "weir", "run", "--data-dir", t.TempDir(), "--http", addr)
		// The port is taken first of all; before that nobody listens to signals.
		eventually(t, 10*time.Second, "the program lives", func() error {
			conn, err := net.Dial("tcp", addr)
			if err == nil {
				err = conn.Close()
			}
			return err
		})
		time.Sleep(wait)
		if code := weir.stop(); code != 0 {
			t.Errorf("stopped %s after its first sign of life: exit code %d\n%s", wait, code, weir.stderr.String())
		}
	}
}

// The shipped signatures find the generator's attacks.
func TestGeneratorIsDetected(t *testing.T) {
	needEBPF(t)
	weir, _ := startRun(t, nil)
	if out, stderr, code := output(t, "weir-generator", "run", "anti_debugging"); code != 0 {
		t.Fatalf("exit code %d: %s%s", code, out, stderr)
	}
	eventually(t, 5*time.Second, "the finding", func() error {
		if !strings.Contains(strings.ToLower(weir.stdout.String()), "anti-debugging") {
			return fmt.Errorf("stdout is %q", weir.stdout.String())
		}
		return nil
	})
}

// The banner says what is attached and where to subscribe.
func TestBanner(t *testing.T) {
	needEBPF(t)
	weir, url := startRun(t, nil)
	for _, want := range []string{"security_file_open", "ptrace", url, "weir.findings.>", weir.http} {
		eventually(t, 2*time.Second, "the banner", func() error {
			if !strings.Contains(weir.stderr.String(), want) {
				return fmt.Errorf("it does not name %s:\n%s", want, weir.stderr.String())
			}
			return nil
		})
	}
}
