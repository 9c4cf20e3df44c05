package privilege

import (
	"os"
	"path/filepath"
	"testing"

	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// Root without capabilities reads and writes what is root's, and nothing that
// another user keeps to itself.
func TestForAccess(t *testing.T) {
	needRoot(t)
	dir, err := os.MkdirTemp("", "weir-privilege-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // another user goes through it
		t.Fatal(err)
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	make := func(name string, mode os.FileMode, uid int) {
		t.Helper()
		if err := os.MkdirAll(path(name), 0o755); err != nil { //nolint:gosec // its mode is set below
			t.Fatal(err)
		}
		file := filepath.Join(path(name), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{file, path(name)} {
			if err := os.Chown(p, uid, uid); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(file, mode&0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path(name), mode); err != nil {
			t.Fatal(err)
		}
	}
	make("mine", 0o700, 0)
	make("public", 0o755, nobody)
	make("closed", 0o700, nobody)
	make("file", 0o700, nobody)
	if err := os.Chmod(path("file"), 0o755); err != nil { //nolint:gosec // only what is in it is closed
		t.Fatal(err)
	}
	if err := os.Symlink("closed", path("link")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ action, name, closed string }{
		{"reading", "mine", ""},
		{"reading", "public", ""},
		{"reading", "closed", "closed"},
		{"reading", "link", "closed"},
		{"reading", "file", "file/file"},
		{"reading", "none", ""},
		{"writing", "mine", ""},
		{"writing", "public", "public"},
		{"writing", "closed", "closed"},
	} {
		t.Run(c.action+" "+c.name, func(t *testing.T) {
			var kept []Keep
			if stderr, err := (user{}).run(t, &kept, c.action, path("mine"), path(c.name)); err != nil {
				t.Fatalf("%v: %s", err, stderr)
			}
			want := map[string]Keep{
				"reading": {Name: DACReadSearch, Because: "to read " + path(c.closed)},
				"writing": {Name: DACOverride, Because: "to write to " + path(c.closed)},
			}[c.action]
			switch {
			case c.closed == "" && len(kept) > 0:
				t.Errorf("keeps %v", kept)
			case c.closed != "" && (len(kept) != 1 || kept[0] != want):
				t.Errorf("keeps %v, want %v", kept, want)
			}
		})
	}
	// Whoever owns a file needs no capability for it.
	var kept []Keep
	if stderr, err := (user{nobody, []cap.Value{cap.DAC_OVERRIDE}}).run(t, &kept, "writing", path("closed")); err != nil || len(kept) > 0 {
		t.Errorf("%v: keeps %v: %s", err, kept, stderr)
	}
}
