package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// openat returns one event as a line of flat Tracee JSON.
func openat(path string) string {
	text, err := json.Marshal(map[string]any{
		"timestamp": 1680190419485136510, "processId": 7, "hostProcessId": 7, "processName": "cat",
		"hostName": "hb", "eventId": "257", "eventName": "openat", "argsNum": 1,
		"args": []map[string]any{{"name": "pathname", "type": "const char*", "value": path}},
	})
	if err != nil {
		panic(err)
	}
	return string(text) + "\n"
}

func analyze(t *testing.T, input string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	dir := writeSignature(t, "/etc/passwd")
	args = append([]string{"analyze", "--input", "-", "--signatures", dir}, args...)
	return outputWith(t, nil, strings.NewReader(input), "weir", args...)
}

func TestAnalyze(t *testing.T) {
	input := openat("/etc/passwd") + openat("/etc/hosts") + openat("/etc/passwd-")
	stdout, stderr, code := analyze(t, input, "--output", "json")
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, stderr)
	}
	valid := newValidator(t)
	lines := 0
	for line := range strings.Lines(stdout) {
		valid.check(t, []byte(line))
		lines++
	}
	if lines != 2 {
		t.Errorf("%d findings, want 2:\n%s", lines, stdout)
	}
}

func TestAnalyzeForPeople(t *testing.T) {
	stdout, _, code := analyze(t, openat("/etc/passwd"))
	if code != 0 || !strings.Contains(stdout, "Watched File") || strings.Contains(stdout, "\x1b") {
		t.Errorf("exit code %d:\n%s", code, stdout)
	}
}

func TestAnalyzeMalformedLines(t *testing.T) {
	input := openat("/etc/passwd") + "{\"eventName\": \n" + openat("/etc/passwd") + "not json\n"
	for _, c := range []struct {
		name string
		args []string
		code int
	}{
		{"default", nil, 1},
		{"skip", []string{"--skip-invalid"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, code := analyze(t, input, append(c.args, "--output", "json")...)
			if code != c.code || strings.Count(stdout, "\n") != 2 {
				t.Errorf("exit code %d, want %d; stdout:\n%s", code, c.code, stdout)
			}
			for _, want := range []string{"line 2", "line 4", "2 invalid lines"} {
				if !strings.Contains(stderr, want) {
					t.Errorf("stderr does not say %q:\n%s", want, stderr)
				}
			}
		})
	}
}

func TestAnalyzeFailOnFinding(t *testing.T) {
	for input, want := range map[string]int{openat("/etc/passwd"): 3, openat("/etc/hosts"): 0} {
		if _, stderr, code := analyze(t, input, "--fail-on-finding"); code != want {
			t.Errorf("exit code %d, want %d:\n%s", code, want, stderr)
		}
	}
}

func TestAnalyzeLongLine(t *testing.T) {
	const limit = 16 << 20
	fits := openat("/etc/passwd" + strings.Repeat("x", limit-1000))
	if stdout, stderr, code := analyze(t, fits, "--output", "json"); code != 0 || strings.Count(stdout, "\n") != 1 {
		t.Errorf("a line of %d bytes: exit code %d\n%s", len(fits), code, stderr)
	}
	over := openat("/etc/passwd"+strings.Repeat("x", limit)) + openat("/etc/passwd")
	stdout, stderr, code := analyze(t, over, "--output", "json")
	if code != 1 || strings.Count(stdout, "\n") != 1 || !strings.Contains(stderr, "line 1") {
		t.Errorf("a line that is too long: exit code %d, %d findings\n%s", code, strings.Count(stdout, "\n"), stderr)
	}
}

func TestAnalyzeMissingInput(t *testing.T) {
	for _, args := range [][]string{
		{"analyze", "--input", "no-such-file"},
		{"analyze"},
	} {
		_, stderr, code := output(t, "weir", args...)
		if code == 0 || !strings.Contains(stderr, "input") && !strings.Contains(stderr, "no-such-file") {
			t.Errorf("%v: exit code %d:\n%s", args, code, stderr)
		}
	}
}
