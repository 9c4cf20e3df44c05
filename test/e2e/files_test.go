package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// exampleSignature is a signature in Tracee's form and Rego v0: a match on
// opening or executing anything that begins with PREFIX.
const exampleSignature = `package tracee.Watch

import data.tracee.helpers

__rego_metadoc__ := {
    "id": "Watch-0.1.0",
    "version": "0.1.0",
    "name": "Watched File",
    "eventName": "watched_file",
    "description": "somebody opens the watched file",
}

tracee_selected_events[selector] {
    selector := {"source": "tracee", "name": ["openat", "execve"][_]}
}

tracee_match {
    startswith(helpers.get_tracee_argument("pathname"), "PREFIX")
}
`

// writeSignature writes a directory with the signature that watches prefix.
func writeSignature(t *testing.T, prefix string) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "watch.rego"), strings.ReplaceAll(exampleSignature, "PREFIX", prefix))
	return dir
}

// documentedSignature returns the example of Tracee's documentation where the
// project's reference folder is at hand, else one of the same form.
func documentedSignature(t *testing.T) (dir, id string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot(t), "../shared/documents/tracee-rego-signatures.md.txt"))
	if err != nil {
		return writeSignature(t, "/etc/passwd"), "Watch-0.1.0"
	}
	_, after, found := strings.Cut(string(text), "    ```opa\n")
	code, _, closed := strings.Cut(after, "    ```\n")
	if !found || !closed {
		t.Fatal("the document has no example any more")
	}
	var lines []string
	for line := range strings.Lines(code) {
		lines = append(lines, strings.TrimPrefix(line, "    "))
	}
	dir = t.TempDir()
	writeFile(t, filepath.Join(dir, "signature_example.rego"), strings.Join(lines, ""))
	return dir, "Mine-0.1.0"
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // read by other users too
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func contains(text, part string) bool { return strings.Contains(text, part) }

func makeDir(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o755); err != nil { //nolint:gosec // read by other users too
		t.Fatal(err)
	}
}
