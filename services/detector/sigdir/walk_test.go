package sigdir

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
)

func TestWalk(t *testing.T) {
	fsys := fstest.MapFS{
		"a.rego":             {},
		".hidden.rego":       {},
		"deep/er/b.rego":     {},
		"deep/.git/c.rego":   {},
		"..2026_11/d.rego":   {},
		"deep/..data/e.rego": {},
	}
	var seen []string
	err := Walk(fsys, func(name string, _ fs.DirEntry, err error) error {
		seen = append(seen, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{".", ".hidden.rego", "a.rego", "deep", "deep/er", "deep/er/b.rego"}
	if !slices.Equal(seen, want) {
		t.Errorf("saw %q, want %q", seen, want)
	}
}

// The caller learns what cannot be read, and decides whether to go on.
func TestWalkTellsErrors(t *testing.T) {
	broken := errors.New("broken")
	var told error
	err := Walk(unreadable{broken}, func(_ string, _ fs.DirEntry, err error) error {
		told = err
		return err
	})
	if !errors.Is(err, broken) || !errors.Is(told, broken) {
		t.Errorf("ends with %v, told %v", err, told)
	}
}

type unreadable struct{ err error }

func (u unreadable) Open(string) (fs.File, error) { return nil, u.err }
