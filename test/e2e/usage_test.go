package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Wrong command lines end with 2 and say what would be right; what fails ends
// with 1 and says why; nothing is said on standard output.
func TestWrongUsage(t *testing.T) {
	empty := t.TempDir()
	for _, c := range []struct {
		args, says string
		code       int
	}{
		{"bogus", `unknown command "bogus"`, 2},
		{"signature lsit", `did you mean lint or list?`, 2},
		{"signature bundle show", `unknown command "show" for "weir signature bundle"`, 2},
		{"findings bogus", "See 'weir findings --help'", 2},
		{"signature list --bogus", "Usage: weir signature list [DIR]... [flags]", 2},
		{"signature list --pack stabel", `no pack "stabel": the packs are stable`, 2},
		{"signature list --output yaml", "want human or json", 2},
		{"signature list --signature nobody", `no signature "nobody"`, 1},
		{"signature list /no/such/directory", "/no/such/directory", 1},
		{"signature new", "Usage: weir signature new NAME [flags]", 2},
		{"signature new Not-A-Name --dir EMPTY", "lower-case words joined by underscores", 2},
		{"signature new x_y --dir EMPTY --event opnat", "did you mean openat", 2},
		{"signature new x_y --dir EMPTY --lang c", "want one of rego, go", 2},
		{"signature test /no/such/directory", "/no/such/directory", 1},
		{"signature test --run (", "--run", 2},
		{"signature fmt", "Usage: weir signature fmt", 2},
		{"signature explain shadow_read", "--event", 2},
		{"signature push", "Usage: weir signature push DIR", 2},
		{"signature push /no/such/directory", "/no/such/directory", 1},
		{"analyze", `required flag(s) "input" not set`, 2},
		{"analyze --input x --workers many", "--workers", 2},
		{"analyze --input /no/such/file", "/no/such/file", 1},
		{"run --pack stabel", `no pack "stabel"`, 2},
		{"run extra", `unknown command "extra"`, 2},
	} {
		t.Run(c.args, func(t *testing.T) {
			args := strings.Fields(strings.ReplaceAll(c.args, "EMPTY", empty))
			stdout, stderr, code := output(t, "weir", args...)
			if code != c.code || stdout != "" || !contains(stderr, c.says) || !strings.HasPrefix(stderr, "weir: ") {
				t.Errorf("exit code %d, want %d with %q\nstdout: %s\nstderr: %s", code, c.code, c.says, stdout, stderr)
			}
		})
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) != 0 {
		t.Errorf("something was written: %v, %v", left, err)
	}
}

// Each command has a help that ends with 0, tells how it is used, and fits a
// terminal in what is prose.
func TestHelpOfEveryCommand(t *testing.T) {
	var visit func(t *testing.T, path []string)
	visited := 0
	visit = func(t *testing.T, path []string) {
		t.Helper()
		visited++
		stdout, stderr, code := output(t, "weir", append(path, "--help")...)
		if code != 0 || stderr != "" || !contains(stdout, "Usage:\n  weir") {
			t.Errorf("weir %s --help: exit code %d\n%s%s", strings.Join(path, " "), code, stdout, stderr)
		}
		prose, _, _ := strings.Cut(stdout, "Usage:")
		for line := range strings.Lines(prose) {
			if len(line) > 100 {
				t.Errorf("weir %s --help: a line of %d bytes: %s", strings.Join(path, " "), len(line), line)
			}
		}
		_, commands, found := strings.Cut(stdout, "Available Commands:\n")
		if !found {
			return
		}
		for line := range strings.Lines(commands) {
			words := strings.Fields(line)
			if len(words) == 0 {
				return
			}
			if words[0] != "help" && words[0] != "completion" {
				visit(t, append(append([]string{}, path...), words[0]))
			}
		}
	}
	visit(t, nil)
	if visited < 18 {
		t.Errorf("only %d commands were found", visited)
	}
}

// hostile is a signature whose texts steer terminals where they are shown.
const hostile = `package mine.hostile

import rego.v1

__rego_metadoc__ := {
	"id": "hostile\u001b[31m",
	"version": "1\u0007",
	"name": "Clears \u001b[2J the screen\nweir: all is well",
	"eventName": "hostile",
	"description": "\u009b2J",
}

tracee_selected_events contains {"source": "tracee", "name": "openat"}

tracee_match := {"\u001b]0;title\u0007": input.processName}
`

// Nothing that an author or an attacker chose reaches a terminal as it is.
func TestNoControlCharactersReachTerminals(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "hostile.rego"), hostile)
	writeFile(t, filepath.Join(dir, "bad\x1b[2J.rego"), "package bad\n\ntracee_match if { \"\x1b[2J\" == }\n")
	events := filepath.Join(t.TempDir(), "events.json")
	writeFile(t, events, openat("/etc/\x1b[2Jpasswd")+"{\"eventName\": \"\x1b[2J\n")
	template := filepath.Join(t.TempDir(), "t.tmpl")
	writeFile(t, template, "{{ .SigMetadata.Name }} {{ .Data }}\n")
	for _, args := range [][]string{
		{"signature", "list", dir},
		{"signature", "list", dir, "--output", "json"},
		{"signature", "lint", dir},
		{"signature", "test", dir},
		{"signature", "test", dir, "--coverage", "--require-tests"},
		{"signature", "bench", dir, "--time", "1ms"},
		{"signature", "fmt", "--check", dir},
		{"signature", "explain", "hostile", "--signatures", dir, "--event", events, "--at", "1"},
		{"analyze", "--input", events, "--signatures", dir},
		{"analyze", "--input", events, "--signatures", dir, "--output", "json"},
		{"analyze", "--input", events, "--signatures", dir, "--output-template", template},
		{"analyze", "--input", events, "--signatures", dir, "--list"},
	} {
		t.Run(strings.Join(args[:2], " "), func(t *testing.T) {
			stdout, stderr, _ := output(t, "weir", args...)
			if stdout+stderr == "" {
				t.Error("it says nothing")
			}
			controls := []string{"\x1b", "\x07", "\u009b"}
			if slices.Contains(args, "json") {
				controls = controls[:2] // JSON for programs may hold the others
			}
			for _, control := range controls {
				if contains(stdout, control) || contains(stderr, control) {
					t.Errorf("%v shows %q:\n%q\n%q", args, control, stdout, stderr)
				}
			}
			// The lines of a template are its author's.
			if !slices.Contains(args, "--output-template") && contains("\n"+stdout+stderr, "\nweir: all is well") {
				t.Errorf("%v lets an author write lines of Weir's:\n%s%s", args, stdout, stderr)
			}
		})
	}
}

// The list for programs has what signatures say in Rego, key by key.
func TestListForPrograms(t *testing.T) {
	stdout := weirSays(t, 0, nil, "signature", "list", "--pack", "tracee-parity", "--output", "json")
	var list []map[string]any
	if err := json.Unmarshal([]byte(stdout), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) < 16 {
		t.Errorf("%d signatures", len(list))
	}
	tiers := map[any]int{}
	for _, s := range list {
		tiers[s["tier"]]++
		if s["tier_reason"] != "" {
			t.Errorf("%v is %v: %v", s["id"], s["tier"], s["tier_reason"])
		}
		selectors, _ := s["selectors"].([]any)
		for _, selector := range selectors {
			keys, _ := selector.(map[string]any)
			if len(keys) != 3 || keys["source"] != "tracee" || keys["name"] == "" || keys["origin"] == "" {
				t.Errorf("%v selects %v", s["id"], selector)
			}
		}
	}
	if tiers["compiled"] < 13 || tiers["go"] < 3 {
		t.Errorf("tiers %v", tiers)
	}
}
