package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The command lines of tracee-rules, and what they show.
func TestAnalyzeAsTraceeRules(t *testing.T) {
	dir := writeSignature(t, "/etc/passwd")
	events := filepath.Join(t.TempDir(), "events.json")
	writeFile(t, events, openat("/etc/passwd")+openat("/etc/hosts"))
	template := filepath.Join(t.TempDir(), "csv.tmpl")
	writeFile(t, template, "{{ .SigMetadata.ID }},{{ .Event.Payload.ProcessName }},{{ .Context.HostName }}\n")
	for _, c := range []struct {
		name, args, stdout, stderr string
		code                       int
	}{
		{
			"list", "--rules-dir DIR --list",
			"ID         NAME                                VERSION DESCRIPTION\n" +
				"Watch-0.1.0 Watched File                        0.1.0   somebody opens the watched file\n", "", 0,
		},
		{"list events", "--rules-dir DIR --list-events", "execve,openat\n", "", 0},
		{"template", "--rules-dir DIR --input-tracee file:EVENTS --output-template TEMPLATE", "Watch-0.1.0,cat,hb\n", "2 events, 1 finding", 0},
		{"rules", "--rules-dir DIR --rules watched_file --input-tracee file:EVENTS --output-template TEMPLATE", "Watch-0.1.0,cat,hb\n", "1 finding", 0},
		{"rules that are not there", "--rules-dir DIR --rules TRC-999 --input-tracee file:EVENTS", "", `no signature "TRC-999"`, 1},
		{
			"old switches", "--rules-dir DIR --input-tracee file:EVENTS --rego-partial-eval --rego-aio --rego-runtime-target rego --output-template TEMPLATE",
			"Watch-0.1.0,cat,hb\n", "note: --rego-partial-eval is no longer needed", 0,
		},
		{"wasm", "--rules-dir DIR --input-tracee file:EVENTS --rego-runtime-target wasm", "", "not supported", 2},
		{"unknown format", "--rules-dir DIR --input-tracee file:EVENTS,format:xml", "", "format:json and format:gob", 2},
		{"no input", "--rules-dir DIR", "", `required flag(s) "input" not set`, 2},
		{"missing file", "--rules-dir DIR --input-tracee file:/no/such/file", "", "/no/such/file", 1},
		{"missing template", "--rules-dir DIR --input-tracee file:EVENTS --output-template /no/such/file", "", "--output-template: template: open /no/such/file", 1},
		{"help", "--input-tracee help", "", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := strings.NewReplacer("DIR", dir, "EVENTS", events, "TEMPLATE", template).Replace(c.args)
			stdout, stderr, code := output(t, "weir", append([]string{"analyze"}, strings.Fields(args)...)...)
			if code != c.code || !strings.Contains(stderr, c.stderr) || c.name != "help" && stdout != c.stdout {
				t.Errorf("exit code %d, want %d\nstdout:\n%s\nwant:\n%s\nstderr:\n%s\nwant %q in it", code, c.code, stdout, c.stdout, stderr, c.stderr)
			}
			if c.name == "help" && !strings.Contains(stdout, "format:gob") {
				t.Errorf("help: %s", stdout)
			}
		})
	}
}

func TestAnalyzeDefaultBlock(t *testing.T) {
	stdout, stderr, code := analyze(t, openat("/etc/passwd"), "--output-template", "default")
	lines := strings.Split(stdout, "\n")
	want := []string{"", "*** Detection ***", "Time: ", "Signature ID: Watch-0.1.0", "Signature: Watched File", "Data: map[]", "Command: cat", "Hostname: hb", ""}
	if code != 0 || len(lines) != len(want) {
		t.Fatalf("exit code %d:\n%s\n%s", code, stdout, stderr)
	}
	for i := range want {
		if want[i] == "Time: " && strings.HasPrefix(lines[i], want[i]) {
			continue
		}
		if lines[i] != want[i] {
			t.Errorf("line %d is %q, want %q", i, lines[i], want[i])
		}
	}
}

// endpoint takes what is posted to it.
type endpoint struct {
	mu      sync.Mutex
	bodies  []string
	headers []http.Header
	// refuse is how many requests are answered with 503 first.
	refuse int
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refuse > 0 {
		e.refuse--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	e.bodies, e.headers = append(e.bodies, string(body)), append(e.headers, r.Header)
}

func (e *endpoint) serve(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return server.URL
}

func TestAnalyzeWebhook(t *testing.T) {
	input := openat("/etc/passwd") + openat("/etc/passwd-")
	template := filepath.Join(t.TempDir(), "t.tmpl")
	writeFile(t, template, `{"id": {{ .SigMetadata.ID | quote }}}`)

	t.Run("CloudEvents", func(t *testing.T) {
		e := &endpoint{refuse: 1}
		stdout, stderr, code := analyze(t, input, "--webhook", e.serve(t), "--output", "json")
		if code != 0 || strings.Join(e.bodies, "\n")+"\n" != stdout || !strings.Contains(stderr, "webhook: 2 delivered, 0 failed") {
			t.Errorf("exit code %d, posted %q\n%s\n%s", code, e.bodies, stdout, stderr)
		}
		valid := newValidator(t)
		for i, body := range e.bodies {
			valid.check(t, []byte(body))
			if got := e.headers[i].Get("Content-Type"); got != "application/cloudevents+json" {
				t.Errorf("content type %s", got)
			}
		}
	})
	t.Run("template", func(t *testing.T) {
		e := &endpoint{}
		_, stderr, code := analyze(t, input, "--webhook", e.serve(t), "--webhook-template", template, "--webhook-content-type", "application/vnd.x+json")
		if code != 0 || len(e.bodies) != 2 || e.bodies[0] != `{"id": "Watch-0.1.0"}` || e.headers[0].Get("Content-Type") != "application/vnd.x+json" {
			t.Errorf("exit code %d, posted %q\n%s", code, e.bodies, stderr)
		}
	})
	t.Run("down", func(t *testing.T) {
		e := &endpoint{refuse: 1000}
		stdout, stderr, code := analyze(t, input, "--webhook", e.serve(t), "--output", "json")
		if code != 1 || strings.Count(stdout, "\n") != 2 || !strings.Contains(stderr, "webhook: 0 delivered, 2 failed") ||
			!strings.Contains(stderr, "answered 503") || !strings.Contains(stderr, "2 findings were not delivered") {
			t.Errorf("exit code %d:\n%s\n%s", code, stdout, stderr)
		}
	})
	t.Run("wrong", func(t *testing.T) {
		if _, stderr, code := analyze(t, input, "--webhook", "example.org"); code != 1 || !strings.Contains(stderr, "want a URL") {
			t.Errorf("exit code %d:\n%s", code, stderr)
		}
	})
}

// An interrupt ends a wait for input, and what was found until then is told.
func TestAnalyzeInterrupt(t *testing.T) {
	cmd := exec.Command(program("weir"), "analyze", "--input", "-", "--signatures", writeSignature(t, "/etc/passwd"), "--output", "json")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr syncBuffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if _, err := io.WriteString(stdin, openat("/etc/passwd")); err != nil {
		t.Fatal(err)
	}
	// The finding comes though the pipe stays open.
	eventually(t, 20*time.Second, "the finding is shown", func() error {
		if stdout.String() == "" {
			return os.ErrNotExist
		}
		return nil
	})
	if !json.Valid([]byte(stdout.String())) {
		t.Errorf("stdout: %s", stdout.String())
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(stderr.String(), "1 event, 1 finding, 0 invalid lines") ||
		!strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("exit code %d:\n%s", code, stderr.String())
	}
}
