package watch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// must fails the test where one of the steps failed.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func write(path, text string) error {
	return errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600))
}

// run watches until the test ends and returns what is told.
func run(t *testing.T, cfg Config) <-chan time.Time {
	t.Helper()
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return runWatcher(t, w)
}

func runWatcher(t *testing.T, w *Watcher) <-chan time.Time {
	told := make(chan time.Time, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, func() { told <- time.Now() }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return told
}

// layout makes a directory with signatures in several shapes.
func layout(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "signatures")
	must(t,
		write(dir+"/a.rego", "a"), write(dir+"/deep/er/b.rego", "b"), write(dir+"/.hidden/c.rego", "c"),
		write(dir+"/notes.txt", "n"),
		// As Kubernetes mounts a ConfigMap.
		write(dir+"/..2026_01/k.rego", "k"), write(dir+"/..2026_02/k.rego", "k2"),
		os.Symlink("..2026_01", dir+"/..data"), os.Symlink("..data/k.rego", dir+"/k.rego"))
	return dir
}

// Every way in which files change is told, and what does not matter is not.
func TestChangesAreTold(t *testing.T) {
	tests := []struct {
		name string
		do   func(dir string) error
		told bool
	}{
		{"written in place", func(dir string) error { return write(dir+"/a.rego", "other") }, true},
		{"replaced as editors do", func(dir string) error {
			return errors.Join(write(dir+"/.a.swp", "other"), os.Rename(dir+"/.a.swp", dir+"/a.rego"))
		}, true},
		{"renamed", func(dir string) error { return os.Rename(dir+"/a.rego", dir+"/a.rego.disabled") }, true},
		{"removed", func(dir string) error { return os.Remove(dir + "/a.rego") }, true},
		{"made unreadable", func(dir string) error { return os.Chmod(dir+"/a.rego", 0) }, true},
		{"a plugin", func(dir string) error { return write(dir+"/p.so", "p") }, true},
		{"deep down", func(dir string) error { return write(dir+"/deep/er/b.rego", "other") }, true},
		{"a new directory", func(dir string) error { return write(dir+"/new/one/d.rego", "d") }, true},
		{"a directory moved in", func(dir string) error {
			return errors.Join(write(dir+"/../elsewhere/d.rego", "d"), os.Rename(dir+"/../elsewhere", dir+"/in"))
		}, true},
		{"a directory removed", func(dir string) error { return os.RemoveAll(dir + "/deep") }, true},
		{"a ConfigMap swapped", func(dir string) error {
			return errors.Join(os.Symlink("..2026_02", dir+"/..data_tmp"), os.Rename(dir+"/..data_tmp", dir+"/..data"))
		}, true},
		{"all removed", os.RemoveAll, true},
		{"all moved away", func(dir string) error { return os.Rename(dir, dir+"-") }, true},

		{"another file", func(dir string) error { return write(dir+"/notes.txt", "other") }, false},
		{"a hidden directory", func(dir string) error { return write(dir+"/.hidden/c.rego", "other") }, false},
		{"a swap file", func(dir string) error { return write(dir+"/.a.rego.swp", "other") }, false},
		{"a neighbour", func(dir string) error { return write(dir+"2/a.rego", "other") }, false},
		{"reading", func(dir string) error { _, err := os.ReadFile(dir + "/a.rego"); return err }, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := layout(t)
			told := run(t, Config{Dirs: []string{dir}, Quiet: 20 * time.Millisecond})
			must(t, test.do(dir))
			limit := 5 * time.Second
			if !test.told {
				limit = 200 * time.Millisecond
			}
			select {
			case <-told:
				if !test.told {
					t.Error("it is told")
				}
			case <-time.After(limit):
				if test.told {
					t.Error("it is not told")
				}
			}
		})
	}
}

// next waits for one telling.
func next(t *testing.T, told <-chan time.Time, what string) {
	t.Helper()
	select {
	case <-told:
	case <-time.After(5 * time.Second):
		t.Fatalf("not told: %s", what)
	}
}

// quiet waits until nothing more is told.
func quiet(told <-chan time.Time) {
	for {
		select {
		case <-told:
		case <-time.After(150 * time.Millisecond):
			return
		}
	}
}

// What comes later is watched too: new directories, and a root that is put
// there again, or is a symbolic link to another place.
func TestWatchingGoesOn(t *testing.T) {
	base := t.TempDir()
	must(t, write(base+"/v1/a.rego", "1"), write(base+"/v2/a.rego", "2"), os.Symlink("v1", base+"/current"))
	told := run(t, Config{Dirs: []string{base + "/current", base + "/later"}, Quiet: 20 * time.Millisecond})

	must(t, write(base+"/v1/new/b.rego", "b"))
	next(t, told, "a new directory")
	quiet(told)
	must(t, write(base+"/v1/new/b.rego", "other"))
	next(t, told, "a file in the new directory")
	quiet(told)

	must(t, os.Symlink("v2", base+"/next"), os.Rename(base+"/next", base+"/current"))
	next(t, told, "the root is another directory")
	quiet(told)
	must(t, write(base+"/v2/a.rego", "other"))
	next(t, told, "a file in the other directory")
	quiet(told)

	must(t, write(base+"/later/c.rego", "c"))
	next(t, told, "a root that was missing")
	quiet(told)
	must(t, os.RemoveAll(base+"/later"), write(base+"/later/c.rego", "again"))
	next(t, told, "a root made anew")
	quiet(told)
	must(t, write(base+"/later/c.rego", "once more"))
	next(t, told, "a file in the root made anew")
}

// Many changes are one while they follow each other, but not for ever.
func TestChangesAreGathered(t *testing.T) {
	dir := layout(t)
	told := run(t, Config{Dirs: []string{dir}, Quiet: 100 * time.Millisecond, Most: 400 * time.Millisecond})
	began := time.Now()
	for time.Since(began) < 700*time.Millisecond {
		must(t, write(dir+"/a.rego", time.Now().String()))
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(200 * time.Millisecond)
	// In 700 ms: one after 400 ms at the latest, and one at the end.
	if n := len(told); n < 1 || n > 3 {
		t.Errorf("told %d times of some hundred changes in 700 ms", n)
	}
	if first := (<-told).Sub(began); first > 650*time.Millisecond {
		t.Errorf("told for the first time after %s", first)
	}
}

// The target of a symbolic link changes without a word from the kernel, and so
// does everything where the kernel does not watch.
func TestLooking(t *testing.T) {
	dir := layout(t)
	target := filepath.Join(t.TempDir(), "target.rego")
	must(t, write(target, "1"), os.Symlink(target, dir+"/link.rego"))
	t.Run("a target", func(t *testing.T) {
		told := run(t, Config{Dirs: []string{dir}, Quiet: time.Millisecond, Look: 20 * time.Millisecond})
		must(t, write(target, "other"))
		next(t, told, "the target of a link")
	})
	t.Run("without the kernel", func(t *testing.T) {
		w, err := New(Config{Dirs: []string{dir}, Quiet: time.Millisecond, Look: 20 * time.Millisecond})
		must(t, err)
		w.unwatchable(errors.New("no more watches"))
		told := runWatcher(t, w)
		must(t, write(dir+"/deep/er/b.rego", "longer"))
		next(t, told, "a file")
		quiet(told)
		must(t, os.Remove(dir+"/deep/er/b.rego"))
		next(t, told, "a file that is removed")
	})
}

func TestIntervals(t *testing.T) {
	w, err := New(Config{})
	must(t, err)
	if got := w.interval(); got != lookWatched {
		t.Errorf("looks each %s", got)
	}
	w.unwatchable(errors.New("no more watches"))
	if got := w.interval(); got != lookUnwatched {
		t.Errorf("looks each %s where the kernel does not watch", got)
	}
	must(t, w.Close())
}
