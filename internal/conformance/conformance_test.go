package conformance_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/weirsec/weir/internal/conformance"
)

// place makes a module below a folder that may have records beside it, and goes
// into a package of the module.
func place(t *testing.T, records map[string]string) {
	t.Helper()
	root := t.TempDir()
	pkg := filepath.Join(root, "module", "some", "package")
	if err := os.MkdirAll(pkg, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "module", "go.mod"), "module m\n")
	for name, text := range records {
		write(t, filepath.Join(root, "shared", "conformance", filepath.FromSlash(name)), text)
	}
	t.Chdir(pkg)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRecords(t *testing.T) {
	place(t, map[string]string{"a/1.json": `{"n": 1}`, "a/2.json": `{"n": 2}`, "b/1.json": `{}`})
	files := conformance.Files(t, "a/*.json")
	if len(files) != 2 || filepath.Base(files[0]) != "1.json" || filepath.Base(files[1]) != "2.json" {
		t.Errorf("files: %q", files)
	}
	if got, want := conformance.Path(t, "a", "2.json"), files[1]; got != want {
		t.Errorf("path %q, want %q", got, want)
	}
	if got := string(conformance.Read(t, "b/1.json")); got != "{}" {
		t.Errorf("read %q", got)
	}
	var into struct{ N int }
	if conformance.Decode(t, "a/2.json", &into); into.N != 2 {
		t.Errorf("decoded %+v", into)
	}
}

func TestAbsentRecordsSkip(t *testing.T) {
	place(t, nil)
	t.Run("", func(t *testing.T) {
		t.Cleanup(func() {
			if !t.Skipped() {
				t.Error("not skipped")
			}
		})
		conformance.Path(t, "a")
	})
}
