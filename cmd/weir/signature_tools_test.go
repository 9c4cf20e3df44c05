package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/run"
)

// runTool runs a command line and returns what it wrote and its exit code.
func runTool(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, messages bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&messages)
	code = run.Main(t.Context(), root)
	return out.String(), messages.String(), code
}

// newSample writes a new signature and returns its directory.
func newSample(t *testing.T, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	out, messages, code := runTool(t, "", append([]string{"signature", "new", "my_sample", "--dir", dir}, args...)...)
	if code != 0 || !strings.Contains(out, "my_sample/tests.yaml") || !strings.Contains(messages, "weir signature test ") {
		t.Fatalf("code %d\n%s\n%s", code, out, messages)
	}
	return filepath.Join(dir, "my_sample")
}

// change replaces a text in a file.
func change(t *testing.T, file, old, text string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(content), old) {
		t.Fatalf("%s does not hold %q: %v", file, old, err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(content), old, text, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// toolCase is a command line and what must come of it.
type toolCase struct {
	name     string
	args     []string
	stdin    string
	code     int
	out, err string
}

func (c toolCase) run(t *testing.T) {
	t.Helper()
	out, messages, code := runTool(t, c.stdin, append([]string{"signature"}, c.args...)...)
	if code != c.code {
		t.Errorf("code %d, want %d", code, c.code)
	}
	if !strings.Contains(out, c.out) || c.out == "" && out != "" {
		t.Errorf("output %q, want %q", out, c.out)
	}
	if !strings.Contains(messages, c.err) {
		t.Errorf("messages %q, want %q", messages, c.err)
	}
}

func runTools(t *testing.T, cases []toolCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t) })
	}
}

// All that is written anew is good, for every tool.
func TestNewSignaturePassesAll(t *testing.T) {
	dir := newSample(t)
	runTools(t, []toolCase{
		{"test", []string{"test", dir, "--require-tests", "--coverage"}, "", 0, "4 passed, 0 failed, 0 skipped", ""},
		{"lint", []string{"lint", dir, "--fail-on", "info"}, "", 0, "", "1 signature: 0 errors, 0 warnings, 0 hints"},
		{"fmt", []string{"fmt", "--check", dir}, "", 0, "", ""},
		{"list", []string{"list", "--signatures", dir}, "", 0, "my_sample", ""},
		{"bench", []string{"bench", dir, "--time", "2ms"}, "", 0, "all together on topdown", ""},
		{"bench as JSON", []string{"bench", "--signatures", dir, "--time", "2ms", "--output", "json"}, "", 0, `"ns_per_event"`, ""},
		{"bench of events", []string{"bench", dir, "--time", "2ms", "--events", "-"}, `{"eventName":"security_file_open"}` + "\n", 0, "over 1 events", ""},
		{"explain", []string{"explain", "my_sample", "--signatures", dir, "--event", "-"}, `{"eventName":"openat"}`, 0, "not selected", ""},
	})
}

func TestSignatureTestCommand(t *testing.T) {
	good, bad := newSample(t), newSample(t)
	change(t, filepath.Join(bad, "signature.rego"), `startswith(value, "/tmp/")`, `startswith(value, "/var/")`)
	untested := newSample(t)
	if err := os.Remove(filepath.Join(untested, "tests.yaml")); err != nil {
		t.Fatal(err)
	}
	broken := newSample(t)
	change(t, filepath.Join(broken, "signature.rego"), "startswith(value,", "startswith(valeu,")
	runTools(t, []toolCase{
		{"failure", []string{"test", bad}, "", 1, "tests.yaml:5: my_sample below /tmp on topdown\n  event 0 (security_file_open): no finding", ""},
		{"by name", []string{"test", bad, "--run", "my_sample/elsewhere"}, "", 0, "2 passed, 0 failed", ""},
		{"no test", []string{"test", untested}, "", 0, "0 passed", "my_sample has no test: put a tests.yaml beside it"},
		{"no test, required", []string{"test", untested, "--require-tests"}, "", 1, "0 passed", "has no test"},
		{"does not load", []string{"test", broken}, "", 1, `the signature "my_sample" is not loaded`, "var valeu is unsafe"},
		{"bad expression", []string{"test", good, "--run", "("}, "", 2, "", "--run: error parsing regexp"},
		{"bad form", []string{"test", good, "--output", "yaml"}, "", 2, "", "want one of human, json, junit"},
		{"no directory", []string{"test", good + "/nowhere"}, "", 1, "", "no such file"},
		{"shipped", []string{"test", "--pack", "stable", "--signature", "shadow_read"}, "", 0, "shadow_read", ""},
	})
	out, _, _ := runTool(t, "", "signature", "test", bad, "--output", "json")
	var report struct {
		Outcomes []struct{ Status string }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || len(report.Outcomes) != 4 || report.Outcomes[0].Status != "fail" {
		t.Errorf("%v: %s", err, out)
	}
	out, _, _ = runTool(t, "", "signature", "test", bad, "--output", "junit")
	if err := xml.Unmarshal([]byte(out), new(struct{})); err != nil || !strings.HasPrefix(out, "<?xml") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestSignatureLintCommand(t *testing.T) {
	dir := newSample(t)
	change(t, filepath.Join(dir, "signature.rego"), `get_tracee_argument("pathname")`, `get_tracee_argument("pathnmae")`)
	warned := newSample(t)
	change(t, filepath.Join(warned, "signature.rego"), `"version": "0.1.0"`, `"version": "1"`)
	runTools(t, []toolCase{
		{"error", []string{"lint", dir}, "", 1, `no argument "pathnmae": did you mean pathname?`, "1 signature: 1 error, 0 warnings"},
		{"warning", []string{"lint", warned}, "", 0, "warning WL013", "0 errors, 1 warning"},
		{"warning that fails", []string{"lint", "--signatures", warned, "--fail-on", "warning"}, "", 1, "warning WL013", ""},
		{"not there", []string{"lint", dir, "--signature", "my_smaple"}, "", 1, "", "did you mean my_sample?"},
		{"SARIF", []string{"lint", dir, "--output", "sarif"}, "", 1, `"ruleId": "WL103"`, ""},
		{"JSON", []string{"lint", dir, "--output", "json"}, "", 1, `"rule": "WL103"`, ""},
		{"rules", []string{"lint", "--rules"}, "", 0, "WL103  error", ""},
		{"rules as JSON", []string{"lint", "--rules", "--output", "json"}, "", 0, `"unknown-argument"`, ""},
		{"shipped", []string{"lint", "--pack", "sandbox", "--output", "json", "--fail-on", "warning"}, "", 0, "[", ": 0 errors, 0 warnings"},
		{"bad threshold", []string{"lint", "--fail-on", "never"}, "", 2, "", "want one of error, warning, info"},
	})
}

// Who lists signatures in a script learns that one did not load.
func TestSignatureListCommand(t *testing.T) {
	dir := newSample(t)
	if err := os.WriteFile(filepath.Join(dir, "broken.rego"), []byte("package broken\ntracee_match if {"), 0o600); err != nil {
		t.Fatal(err)
	}
	runTools(t, []toolCase{
		{"a file does not load", []string{"list", dir}, "", 1, "my_sample", "1 not loaded (see above), 1 signature loaded"},
		{"as JSON", []string{"list", dir, "--output", "json"}, "", 1, `"id": "my_sample"`, "broken.rego:2"},
		{"lint of a plugin that is none", []string{"lint", plugged(t)}, "", 1, "it is no Go plugin", "0 signatures: 1 error"},
		{"lint of shipped ones in Go", []string{"lint", "--signature", "shadow_read"}, "", 0, "", " signatures: 0 errors, 0 warnings"},
	})
}

// plugged returns a directory with a plugin that is none.
func plugged(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.so"), []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSignatureFmtCommand(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.rego")
	if err := os.WriteFile(file, []byte("package a\np { input.x==1 }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "b.rego")
	if err := os.WriteFile(bad, []byte("package a\np {\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	runTools(t, []toolCase{
		{"check", []string{"fmt", "--check", dir}, "", 1, "a.rego\n", ""},
		{"upgrade", []string{"fmt", "--upgrade", file}, "", 0, "a.rego\n", ""},
		{"again", []string{"fmt", "--check", file}, "", 0, "", ""},
		{"stream", []string{"fmt", "-"}, "package a\np := 1\n", 0, "package a\n\np := 1\n", ""},
		{"stream that is not", []string{"fmt", "--check", "-"}, "package a\np := 1\n", 1, "", ""},
		{"bad file", []string{"fmt", bad}, "", 1, "", "b.rego:3: unexpected eof token"},
		{"nothing", []string{"fmt"}, "", 2, "", "requires at least 1 arg"},
	})
	if text, err := os.ReadFile(file); err != nil || string(text) != "package a\n\np if {\n\tinput.x == 1\n}\n" {
		t.Errorf("%v: %s", err, text)
	}
}

func TestSignatureExplainCommand(t *testing.T) {
	dir := newSample(t)
	const event = `{"eventName": "security_file_open", "args": [{"name": "pathname", "type": "string", "value": "/var/x"}]}`
	explain := func(args ...string) []string {
		return append([]string{"explain", "my_sample", "--signatures", dir, "--event", "-"}, args...)
	}
	runTools(t, []toolCase{
		{"no match", explain(), event, 0, `startswith(value, "/tmp/")`, ""},
		{"as JSON", explain("--output", "json"), event, 0, `"outcome": "no match"`, ""},
		{"several", explain(), event + event, 1, "", "say which one with --at"},
		{"one of several", explain("--at", "2"), event + `{"eventName": "close"}`, 0, "event close from host: not selected", ""},
		{"beyond", explain("--at", "3"), event, 2, "", "--at 3: - holds 1 event"},
		{"negative", explain("--at", "-1"), event, 2, "", "count from 1"},
		{"none", explain(), "", 1, "", "holds no event"},
		{"no event", explain(), "[1]", 1, "", "event 1: "},
		{"shipped", []string{"explain", "anti_debugging", "--event", "-"}, `{"eventName": "ptrace"}`, 0, "written in Go", ""},
		{"unknown", []string{"explain", "shadow_raed", "--event", "-"}, event, 1, "", "did you mean shadow_read"},
		{"no flag", []string{"explain", "shadow_read"}, "", 2, "", "which event?"},
	})
}

func TestSignatureNewCommand(t *testing.T) {
	dir := newSample(t)
	goDir := newSampleGo(t)
	runTools(t, []toolCase{
		{"there already", []string{"new", "my_sample", "--dir", filepath.Dir(dir)}, "", 1, "", "is there already"},
		{"bad name", []string{"new", "My-Sample", "--dir", dir}, "", 2, "", "lower-case words"},
		{"unknown event", []string{"new", "x_y", "--dir", dir, "--event", "opnat"}, "", 2, "", "did you mean openat"},
		{"unknown language", []string{"new", "x_y", "--lang", "c"}, "", 2, "", "want one of rego, go"},
	})
	if _, err := os.Stat(filepath.Join(goDir, "signature.go")); err != nil {
		t.Error(err)
	}
}

// newSampleGo writes a new signature in Go and returns its directory.
func newSampleGo(t *testing.T) string {
	t.Helper()
	return newSample(t, "--lang", "go", "--event", "ptrace")
}

func TestBenchRefuses(t *testing.T) {
	runTools(t, []toolCase{
		{"no time", []string{"bench", "--time", "0s"}, "", 2, "", "--time 0s"},
		{"no events", []string{"bench", "--events", "-"}, "", 1, "", "there are no events"},
		{"a bad event", []string{"bench", "--events", "-"}, "\n{\n", 1, "", "line 2: "},
		{"a missing file", []string{"bench", "--events", "/nowhere"}, "", 1, "", "read events: open /nowhere"},
	})
}
