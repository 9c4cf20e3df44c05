// Package conformance finds the recorded behaviour of Tracee that tests compare
// with. The records lie beside the module, in shared/conformance, and not in it:
// a test that asks for them where they are absent is skipped with that reason.
//
// Only tests may import it. What a record means, the tests that read it know.
package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file or folder of the records, named by its
// elements or by a path with slashes. It skips the test if there are no records,
// and fails it if they lack this one.
func Path(t testing.TB, elements ...string) string {
	t.Helper()
	root := filepath.Join(filepath.Dir(module(t)), "shared", "conformance")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no recorded behaviour beside the module: %v", err)
	}
	path := filepath.Join(root, filepath.FromSlash(filepath.Join(elements...)))
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("the recorded behaviour is incomplete: %v", err)
	}
	return path
}

// Files returns the recorded files that match a pattern of path/filepath, in
// order. It skips the test if there are no records, and fails it if none match.
func Files(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Path(t), filepath.FromSlash(pattern)))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded files match %s: %v", pattern, err)
	}
	return files
}

// Read returns the content of a recorded file: one named as for Path, or one that
// Files returned.
func Read(t testing.TB, name string) []byte {
	t.Helper()
	if !filepath.IsAbs(name) {
		name = Path(t, name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Decode reads a recorded file, named as for Read, as JSON.
func Decode(t testing.TB, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(Read(t, name), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// module is the folder of the module in which the test runs.
func module(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the working directory")
		}
	}
}
