package plugin

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write makes files of any text.
func write(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("no library"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFiles(t *testing.T) {
	dir := write(t, "b.so", "a.so", "deep/er/c.so", ".hidden/d.so", "e.rego", "f.so.disabled", "so")
	found, problems := files(dir)
	var names []string
	for _, path := range found {
		name, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if got, want := strings.Join(names, " "), "a.so b.so deep/er/c.so"; got != want || len(problems) > 0 {
		t.Errorf("got %q, want %q; problems %v", got, want, problems)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if found, _ := files(link); len(found) != 3 || found[0] != link+"/a.so" {
		t.Errorf("behind a link there are %q", found)
	}
	if found, problems := files(dir + "/nowhere"); len(found) > 0 || len(problems) != 1 {
		t.Errorf("a directory that is not there: %v %v", found, problems)
	}
}

// Each bad file is one problem, and none is opened.
func TestLoadProblems(t *testing.T) {
	dir := write(t, "text.so", "open.so")
	if err := os.Chmod(filepath.Join(dir, "open.so"), 0o602); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "link.so")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(os.DevNull, filepath.Join(dir, "device.so")); err != nil {
		t.Fatal(err)
	}
	// A link to a good place is followed, to the same answer.
	if err := os.Symlink("text.so", filepath.Join(dir, "tolink.so")); err != nil {
		t.Fatal(err)
	}
	l := NewLoader()
	for range 2 {
		loaded := l.Load(t.Context(), dir, nil, nil)
		want := map[string]string{
			"text.so": "it is no Go plugin", "tolink.so": "it is no Go plugin", "open.so": "everybody may write to it (-rw-----w-)",
			"link.so": "no such file", "device.so": "not a regular file",
		}
		if len(loaded.Programs) > 0 || len(loaded.Problems) != len(want) {
			t.Fatalf("%d programs, problems %v", len(loaded.Programs), loaded.Problems)
		}
		for _, p := range loaded.Problems {
			if text := want[filepath.Base(p.File)]; text == "" || !strings.Contains(p.Message, text) {
				t.Errorf("problem %s, want %q", p, text)
			}
		}
	}
}

func TestLoadIsStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	loaded := NewLoader().Load(ctx, write(t, "a.so", "b.so"), nil, nil)
	if len(loaded.Problems) != 1 || !strings.Contains(loaded.Problems[0].Message, "loading was stopped") {
		t.Errorf("problems %v", loaded.Problems)
	}
}
