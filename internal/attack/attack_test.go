package attack

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test program be the child of its own attacks.
func TestMain(m *testing.M) {
	if code, ours := Child(os.Args); ours {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

func TestAllAreDescribed(t *testing.T) {
	technique := regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	var ids []string
	for _, a := range All() {
		ids = append(ids, a.ID)
		if a.Name == "" || a.Description == "" || a.Run == nil {
			t.Errorf("%s: name, description or Run is missing", a.ID)
		}
		if !technique.MatchString(a.Technique) {
			t.Errorf("%s: %q is no ATT&CK technique", a.ID, a.Technique)
		}
		if found, ok := Find(a.ID); !ok || found.ID != a.ID {
			t.Errorf("Find(%q) = %q, %v", a.ID, found.ID, ok)
		}
	}
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != len(All()) {
		t.Errorf("ids are not unique and ordered: %v", ids)
	}
	if _, ok := Find("no_such"); ok {
		t.Error("found an attack that does not exist")
	}
}

// TestAttacks performs every attack twice, for real: it must work and leave
// nothing behind, neither in its folder nor in /etc.
func TestAttacks(t *testing.T) {
	for _, a := range All() {
		t.Run(a.ID, func(t *testing.T) {
			if a.NeedsRoot && os.Geteuid() != 0 {
				t.Skip("needs root")
			}
			dir := t.TempDir()
			before := exists(preloadFile)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			for range 2 {
				if err := a.Run(ctx, dir); err != nil {
					t.Fatal(err)
				}
			}
			if left := listing(t, dir); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
			if after := exists(preloadFile); before != after {
				t.Errorf("%s was there: %v, is there: %v", preloadFile, before, after)
			}
		})
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func listing(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestRootIsAskedFor(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("runs as root, who is refused nothing")
	}
	for _, a := range All() {
		if a.NeedsRoot {
			if err := a.Run(t.Context(), t.TempDir()); err == nil {
				t.Errorf("%s works without root but says that it needs it", a.ID)
			}
		}
	}
}

func TestChildIsForChildrenOnly(t *testing.T) {
	for _, args := range [][]string{nil, {"weir-generator"}, {"weir-generator", "run"}, {"weir-generator", childArgument}} {
		if code, ours := Child(args); ours {
			t.Errorf("Child(%q) = %d, true", args, code)
		}
	}
}

// TestRefusals shows that a child's reason reaches the caller.
func TestRefusals(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	cases := []struct {
		name string
		step string
		args []string
		want string
	}{
		{"unknown step", "dance", nil, `unknown step "dance"`},
		{"no file", stepOpen, []string{missing}, "no such file"},
		{"no program", stepExecMemory, []string{missing}, "read the program"},
		{"too many programs", stepExecMemory, []string{"a", "b"}, "want one program, got 2"},
		{"not a program", stepExecMemory, []string{"/etc/passwd"}, "execute from memory"},
		{"no folder", stepPreload, []string{filepath.Join(missing, "f")}, "open for writing"},
		{"no list", stepPreload, nil, "want one file, got 0"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := runChild(t.Context(), c.step, c.args...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestPreloadKeepsWhatIsThere(t *testing.T) {
	list := filepath.Join(t.TempDir(), "ld.so.preload")
	if err := touchPreload([]string{list}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(list); !os.IsNotExist(err) {
		t.Errorf("the empty file stays: %v", err)
	}
	if err := os.WriteFile(list, []byte("/lib/mine.so\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := touchPreload([]string{list}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(list); err != nil || string(text) != "/lib/mine.so\n" {
		t.Errorf("the list is now %q, %v", text, err)
	}
}

func TestCancelEndsTheAttack(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := runChild(ctx, stepOpen, "/dev/null"); err == nil {
		t.Error("a child ran although the attack was cancelled")
	}
}
