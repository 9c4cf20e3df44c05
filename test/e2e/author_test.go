package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// edit replaces a text in a file.
func edit(t *testing.T, path, old, text string) {
	t.Helper()
	before := string(readFile(t, path))
	if !contains(before, old) {
		t.Fatalf("%s does not hold %q:\n%s", path, old, before)
	}
	writeFile(t, path, strings.ReplaceAll(before, old, text))
}

// weirSays runs weir and checks its exit code and what it says, on standard
// output and standard error together.
func weirSays(t *testing.T, code int, says []string, args ...string) string {
	t.Helper()
	stdout, stderr, got := output(t, "weir", args...)
	if got != code {
		t.Errorf("weir %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, stdout, stderr)
	}
	for _, want := range says {
		if !contains(stdout+stderr, want) {
			t.Errorf("weir %s does not say %q:\n%s%s", strings.Join(args, " "), want, stdout, stderr)
		}
	}
	return stdout
}

// The way of an author, by the commands of docs/authoring.md: a new signature,
// a test that fails, a misspelling that the linter finds, the form, an
// explanation, a measurement, and recorded events.
func TestAuthorsJourney(t *testing.T) {
	dir := t.TempDir()
	weirSays(t, 0, []string{"weir signature test"}, "signature", "new", "key_read", "--dir", dir, "--event", "openat")
	file := filepath.Join(dir, "key_read", "signature.rego")
	weirSays(t, 0, []string{"4 passed, 0 failed"}, "signature", "test", dir, "--require-tests", "--coverage")
	weirSays(t, 0, []string{"0 errors, 0 warnings"}, "signature", "lint", dir, "--fail-on", "warning")

	// The rule changes; the tests say that they were forgotten.
	edit(t, file, `startswith(value, "/tmp/")`, `endswith(value, "/id_rsa")`)
	weirSays(t, 1, []string{"tests.yaml", "2 passed, 2 failed"}, "signature", "test", dir)
	tests := filepath.Join(dir, "key_read", "tests.yaml")
	edit(t, tests, "/tmp/example", "/root/.ssh/id_rsa")
	edit(t, tests, "/usr/share/root/.ssh/id_rsa", "/usr/share/key") // the one that must not match
	edit(t, tests, "below /tmp", "the private key")
	weirSays(t, 0, []string{"4 passed, 0 failed"}, "signature", "test", dir)

	// A misspelled argument is no error in Rego, but in the linter.
	edit(t, file, `get_tracee_argument("pathname")`, `get_tracee_argument("pathnam")`)
	weirSays(t, 1, []string{`signature.rego:29:39:`, `WL103`, `did you mean pathname?`}, "signature", "lint", dir)
	edit(t, file, `get_tracee_argument("pathnam")`, `get_tracee_argument("pathname")`)

	edit(t, file, "value := helpers", "value   :=   helpers")
	weirSays(t, 1, []string{file}, "signature", "fmt", "--check", dir)
	weirSays(t, 0, []string{file}, "signature", "fmt", dir)
	weirSays(t, 0, nil, "signature", "fmt", "--check", dir)

	events := filepath.Join(t.TempDir(), "events.json")
	writeFile(t, events, openat("/root/.ssh/id_rsa.pub")+openat("/root/.ssh/id_rsa"))
	weirSays(t, 0, []string{": no match", `"/root/.ssh/id_rsa.pub"`},
		"signature", "explain", "key_read", "--signatures", dir, "--event", events, "--at", "1")
	explained := weirSays(t, 0, []string{": match"},
		"signature", "explain", "key_read", "--signatures", dir, "--event", events, "--at", "2")
	if contains(explained, "✗ tracee_match") {
		t.Errorf("what matched is said to have failed:\n%s", explained)
	}
	weirSays(t, 0, []string{"key_read", "compiled", "topdown"}, "signature", "bench", dir, "--events", events, "--time", "5ms")

	stdout := weirSays(t, 0, []string{"2 events, 1 finding"}, "analyze", "--input", events, "--signatures", dir, "--output", "json")
	if got := findingsOf(t, stdout); len(got) != 1 || got[0].Signature.ID != "key_read" || got[0].Data["pathname"] != "/root/.ssh/id_rsa" {
		t.Errorf("findings %+v", got)
	}
}

// told is what tests look at in a finding.
type told struct {
	Signature struct{ ID, Version, Severity string }
	Data      map[string]any
	Events    []string
	Event     struct {
		EventName   string
		ProcessName string
	}
	SetVersion string `json:"set_version"`
}

// findingsOf reads the findings of lines of CloudEvents, each held against the
// schema.
func findingsOf(t *testing.T, lines string) []told {
	t.Helper()
	valid := newValidator(t)
	var found []told
	for line := range strings.Lines(lines) {
		found = append(found, tellOf(t, valid, []byte(line)))
	}
	return found
}

// tellOf reads one finding.
func tellOf(t *testing.T, valid *validator, text []byte) told {
	t.Helper()
	var f told
	if err := json.Unmarshal(valid.check(t, text).Data(), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// findingOf waits for a finding of a signature that meets a condition.
func (s *subscriber) findingOf(t *testing.T, limit time.Duration, id string, fits func(told) bool) told {
	t.Helper()
	valid := newValidator(t)
	var found told
	eventually(t, limit, "a finding of "+id, func() error {
		all := s.all()
		for _, m := range all {
			if f := tellOf(t, valid, m.Data); f.Signature.ID == id && (fits == nil || fits(f)) {
				found = f
				return nil
			}
		}
		return fmt.Errorf("none in %d findings", len(all))
	})
	return found
}

// What the author made finds on a machine, and what is edited there is in force
// with the new version.
func TestAuthorsSignatureOnAMachine(t *testing.T) {
	needEBPF(t)
	dir := t.TempDir()
	watched := filepath.Join(t.TempDir(), "id_rsa")
	writeFile(t, watched, "")
	weirSays(t, 0, nil, "signature", "new", "key_read", "--dir", dir, "--event", "openat")
	file := filepath.Join(dir, "key_read", "signature.rego")
	edit(t, file, `startswith(value, "/tmp/")`, fmt.Sprintf("value == %q", watched))
	weir, url := startRun(t, nil, "--signatures", dir)
	findings := subscribe(t, url, "weir.findings.>")
	read(t, watched)
	first := findings.findingOf(t, 20*time.Second, "key_read", nil)
	if first.Data["pathname"] != watched || first.Event.ProcessName != "cat" || first.Signature.Version != "0.1.0" {
		t.Errorf("finding %+v", first)
	}

	edit(t, file, `"version": "0.1.0"`, `"version": "0.2.0"`)
	edit(t, file, `"Severity": 2`, `"Severity": 4`)
	weir.says(20*time.Second, "signatures reloaded")
	read(t, watched)
	second := findings.findingOf(t, 20*time.Second, "key_read", func(f told) bool { return f.Signature.Version == "0.2.0" })
	if second.Signature.Severity != "critical" || second.SetVersion == first.SetVersion {
		t.Errorf("before %+v, after %+v", first, second)
	}

	// Without the file there is nothing to find, and the program says so.
	if err := os.RemoveAll(filepath.Join(dir, "key_read")); err != nil {
		t.Fatal(err)
	}
	weir.says(20*time.Second, "removed=\"1 (key_read)\"")
	if err := exec.Command("cat", watched).Run(); err != nil {
		t.Fatal(err)
	}
	if code := weir.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, f := range findings.all() {
		if !contains(string(f.Data), watched) {
			t.Errorf("a finding about something else: %s", f.Data)
		}
	}
	if n := len(findings.all()); n != 2 {
		t.Errorf("%d findings, want one for each version", n)
	}
}
