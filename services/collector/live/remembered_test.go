package live

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/interest"
)

// spooled is a machine that is not watched, with a spool in a directory.
func spooled(t *testing.T, dir string) *Machine {
	t.Helper()
	m := new(Machine)
	if _, err := m.OpenSpool(Spool{Dir: dir, Bytes: DefaultSpool}, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.spool.Close() })
	return m
}

// What one process writes down the next one knows.
func TestRemembered(t *testing.T) {
	dir := t.TempDir()
	m := spooled(t, dir)
	if _, ok, err := m.Remembered(); ok || err != nil {
		t.Errorf("at first: %v, %v", ok, err)
	}
	for _, wanted := range []interest.Interest{
		interest.Of("openat", "ptrace"),
		interest.New(interest.Event{Name: "openat", Scopes: []interest.Scope{{Comms: []string{"cat"}}}}),
		{},
	} {
		if err := m.Remember(wanted); err != nil {
			t.Fatal(err)
		}
		if err := m.spool.Close(); err != nil {
			t.Fatal(err)
		}
		m = spooled(t, dir)
		got, ok, err := m.Remembered()
		if err != nil || !ok || !got.Interest.Equal(wanted) || time.Since(got.At) > time.Minute {
			t.Errorf("%v: got %v, %v, %v", wanted, got, ok, err)
		}
	}
	// The spool leaves the file alone, and nothing is left over.
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".new") {
			t.Errorf("%s is left over", f.Name())
		}
	}
}

// A file that cannot be used is told by its name, and replaced.
func TestRememberedIsDamaged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, interestFile)
	m := spooled(t, dir)
	for name, damage := range map[string]func() error{
		"no JSON":   func() error { return os.WriteFile(path, []byte("{"), 0o600) },
		"empty":     func() error { return os.WriteFile(path, nil, 0o600) },
		"too large": func() error { return os.WriteFile(path, make([]byte, interest.MaxBytes+1), 0o600) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := m.Remembered(); ok || err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
		if err := m.Remember(interest.Of("openat")); err != nil {
			t.Fatal(err)
		}
		if got, ok, err := m.Remembered(); !ok || err != nil || len(got.Interest.Events) != 1 {
			t.Errorf("%s: then %v, %v, %v", name, got, ok, err)
		}
	}
}

// Without a spool there is nowhere to remember anything, which is no error.
func TestRememberedWithoutASpool(t *testing.T) {
	m := new(Machine)
	if err := m.Remember(interest.Of("openat")); err != nil {
		t.Error(err)
	}
	if _, ok, err := m.Remembered(); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

// The directory may have gone: then the error says what could not be done.
func TestRememberCannotBeWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	m := spooled(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := m.Remember(interest.Of("openat")); err == nil || !strings.Contains(err.Error(), "write down what signatures want") {
		t.Errorf("error %v", err)
	}
}
