package spool

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// mount gives the test a file system of its own.
func mount(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		if os.Getenv("WEIR_REQUIRE") != "" {
			t.Fatalf("mounting a tmpfs: %v", err)
		}
		t.Skipf("mounting a tmpfs needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// On a disk that is really full an append changes nothing, and works again when
// there is space.
func TestDiskFull(t *testing.T) {
	dir := mount(t, "8m")
	s := open(t, Config{Dir: filepath.Join(dir, "spool"), Bytes: 1 << 30})
	made := 0
	fill := func() error {
		for {
			if err := s.Append(facts(made), payload(made, 30_000), uint64(made%7+1)); err != nil {
				return err
			}
			made++
		}
	}
	for round := range 3 {
		err := fill()
		if !errors.Is(err, ErrSpace) || !strings.Contains(err.Error(), s.Dir()) {
			t.Fatalf("round %d: error %v", round, err)
		}
		if used := s.Used(); used < 6<<20 || used > 8<<20 {
			t.Errorf("%d bytes used", used)
		}
		if round == 2 {
			s = again(t, s)
		}
		first := made - int(waiting(s))
		for i := first; i < made-round; i++ {
			take(t, s, i, 30_000)
		}
	}
	for i := made - int(waiting(s)); i < made; i++ {
		take(t, s, i, 30_000)
	}
	empty(t, s)
}

func waiting(s *Spool) int64 {
	n, _ := s.Waiting()
	return n
}

// A disk that others need is not filled.
func TestReserve(t *testing.T) {
	dir := mount(t, "16m")
	for _, c := range []struct{ reserve, atMost int64 }{{8 << 20, 9 << 20}, {0, 15 << 20}} {
		s := open(t, Config{Dir: filepath.Join(dir, "spool"), Bytes: 1 << 30, Reserve: c.reserve})
		s.cfg.Reserve = c.reserve
		var err error
		for i := 0; err == nil; i++ {
			err = s.Append(nil, payload(i, 100_000), 1)
		}
		if !errors.Is(err, ErrSpace) || !strings.Contains(err.Error(), "left to others") || s.Used() > c.atMost || s.Used() < c.atMost/2 {
			t.Errorf("%d bytes used, %v", s.Used(), err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(s.Dir()); err != nil {
			t.Fatal(err)
		}
	}
}

// A segment that cannot be cut back to where it was is left, torn, and nothing
// is lost or doubled.
func TestFailedWrite(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	put(t, s, 0, 1000)
	// The file is gone for writing, as after an error of the device.
	if err := s.out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(facts(1), payload(1, 1000), 2); err == nil || !strings.Contains(err.Error(), "append to "+s.Dir()) {
		t.Fatalf("error %v", err)
	}
	put(t, s, 1, 1000)
	if len(s.segments) != 2 {
		t.Errorf("%d segments", len(s.segments))
	}
	s = again(t, s)
	take(t, s, 0, 1000)
	take(t, s, 1, 1000)
	empty(t, s)
}

// Whoever may not write there is told what to do; root may everywhere, so the
// test looks at a file system that is read-only.
func TestReadOnly(t *testing.T) {
	dir := mount(t, "1m")
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	_, err := Open(Config{Dir: filepath.Join(dir, "spool"), Bytes: small})
	if err == nil || !strings.Contains(err.Error(), "cannot spool to "+dir) || !strings.Contains(err.Error(), "--spool-bytes 0") {
		t.Errorf("error %v", err)
	}
}
