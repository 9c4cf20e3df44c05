package e2e

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// endless is a signature in Rego that does not end where PREFIX is opened.
const endless = `package mine.endless

import rego.v1

import data.tracee.helpers

__rego_metadoc__ := {"id": "endless", "version": "VERSION", "name": "Never ends", "eventName": "endless"}

tracee_selected_events contains {"source": "tracee", "name": "openat"}

tracee_match if {
	helpers.get_tracee_argument("pathname") == "PREFIX"
	range := numbers.range(1, LENGTH)
	some a in range
	some b in range
	some c in range
	a + b + c < 0
}
`

func endlessSignature(path, version, length string) string {
	return strings.NewReplacer("PREFIX", path, "VERSION", version, "LENGTH", length).Replace(endless)
}

// metric returns the line of a metric that holds all parts, or "".
func (p *process) metric(name string, parts ...string) string {
	p.t.Helper()
	body, err := httpGet(p.t.Context(), p.http+"/metrics")
	if err != nil {
		p.t.Fatal(err)
	}
	for line := range strings.Lines(body) {
		fits := strings.HasPrefix(line, name+"{")
		for _, part := range parts {
			fits = fits && contains(line, part)
		}
		if fits {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// A signature that never ends is taken out under a running Weir: a finding, the
// metrics, the log and the list say so, the others go on, and a new version of
// it gets another chance.
func TestQuarantineWhileRunning(t *testing.T) {
	needEBPF(t)
	files, dir := t.TempDir(), t.TempDir()
	watched := filepath.Join(files, "watched")
	writeFile(t, watched, "")
	writeFile(t, filepath.Join(dir, "endless.rego"), endlessSignature(watched, "1", "4000"))
	writeFile(t, filepath.Join(dir, "good.rego"), signatureFor("GOOD", watched))
	weir, url := startRun(t, nil, "--signatures", dir)
	findings := subscribe(t, url, "weir.findings.>")

	for range 5 {
		read(t, watched)
	}
	found := findings.findingOf(t, time.Minute, "weir.signature_quarantined", nil)
	detail, _ := found.Data["detail"].(string)
	if found.Data["signature"] != "endless" || found.Data["version"] != "1" || found.Data["reason"] != "budget" ||
		strings.Count(detail, "exceeded its budget") != 1 {
		t.Errorf("data %v", found.Data)
	}
	weir.says(20*time.Second, "signature is in quarantine")
	eventually(t, 20*time.Second, "all five findings of the other", func() error {
		n := 0
		for _, m := range findings.all() {
			if contains(m.Subject, "GOOD") {
				n++
			}
		}
		if n != 5 {
			return errors.New(strings.Repeat("+", n))
		}
		return nil
	})
	if line := weir.metric("weir_detector_quarantined", `signature="endless"`, `reason="budget"`); !strings.HasSuffix(line, " 1") {
		t.Errorf("the metric is %q", line)
	}
	if line := weir.metric("weir_detector_quarantined", `signature="GOOD"`); !strings.HasSuffix(line, " 0") {
		t.Errorf("the metric of the other is %q", line)
	}
	if _, err := httpGet(t.Context(), weir.http+"/healthz"); err == nil || !strings.Contains(err.Error(), "not evaluated any more: endless (budget)") {
		t.Errorf("health says %v, want that it is degraded", err)
	}
	eventually(t, 20*time.Second, "the list has it", func() error {
		stdout, stderr, code := output(t, "weir", "signature", "list", "--nats-url", url)
		for line := range strings.Lines(stdout) {
			if code == 0 && strings.HasPrefix(line, "endless ") && contains(line, "(quarantined)") {
				return nil
			}
		}
		return errors.New(stdout + stderr)
	})
	if stdout := weirSays(t, 0, nil, "signature", "list", "--nats-url", url, "--output", "json"); !json.Valid([]byte(stdout)) {
		t.Errorf("no JSON: %s", stdout)
	}

	// Mended: it is evaluated again.
	writeFile(t, filepath.Join(dir, "endless.rego"), endlessSignature(watched, "2", "4"))
	weir.says(20*time.Second, `changed="1 (endless)"`)
	eventually(t, 20*time.Second, "the quarantine ends", func() error {
		if line := weir.metric("weir_detector_quarantined", `signature="endless"`); line != "" && !strings.HasSuffix(line, " 0") {
			return errors.New(line)
		}
		return nil
	})
	if _, err := httpGet(t.Context(), weir.http+"/healthz"); err != nil {
		t.Errorf("health says %v, want that all is well", err)
	}
	if code := weir.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if !contains(weir.stdout.String(), "Signature taken out") {
		t.Errorf("the terminal does not show it:\n%s", weir.stdout.String())
	}
}

// The same over recorded events: the analysis ends, says what was taken out,
// and the other signature's findings are all there.
func TestQuarantineInAnAnalysis(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "endless.rego"), endlessSignature("/etc/passwd", "1", "4000"))
	writeFile(t, filepath.Join(dir, "good.rego"), signatureFor("GOOD", "/etc/passwd"))
	input := strings.Repeat(openat("/etc/passwd"), 200)
	stdout, stderr, code := outputWith(t, nil, strings.NewReader(input), "weir", "analyze", "--input", "-",
		"--signatures", dir, "--output", "json")
	if code != 1 {
		t.Errorf("exit code %d, want 1 for failed evaluations", code)
	}
	count := map[string]int{}
	for _, f := range findingsOf(t, stdout) {
		count[f.Signature.ID]++
	}
	if count["GOOD"] != 200 || count["weir.signature_quarantined"] != 1 || len(count) != 2 {
		t.Errorf("findings %v", count)
	}
	for _, want := range []string{"line 3: signature endless: evaluation exceeded its budget: more than", "signature endless is not evaluated any more", "3 evaluations failed"} {
		if !contains(stderr, want) {
			t.Errorf("does not say %q:\n%s", want, stderr)
		}
	}
}
