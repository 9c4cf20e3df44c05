package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const small = 4 << 20

func open(t testing.TB, cfg Config) *Spool {
	t.Helper()
	if cfg.Bytes == 0 {
		cfg.Bytes = small
	}
	if cfg.Reserve == 0 {
		cfg.Reserve = 1
	}
	s, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// again closes the spool and opens it as the next process would.
func again(t *testing.T, s *Spool) *Spool {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, s.cfg)
}

// payload is data of n bytes that S2 cannot make smaller.
func payload(i, n int) []byte {
	b := make([]byte, n)
	x := uint64(i)*2654435761 + 1
	for j := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[j] = byte(x)
	}
	return b
}

func facts(i int) []byte { return fmt.Appendf(nil, "facts of %d", i) }

// put appends entry i, which has i%7+1 events.
func put(t testing.TB, s *Spool, i, n int) {
	t.Helper()
	if err := s.Append(facts(i), payload(i, n), uint64(i%7+1)); err != nil {
		t.Fatalf("entry %d: %v", i, err)
	}
}

// next returns the oldest entry, which must be there.
func next(t testing.TB, s *Spool) Entry {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	e, err := s.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func commit(t testing.TB, s *Spool) {
	t.Helper()
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
}

// take expects entry i whole.
func take(t testing.TB, s *Spool, i, n int) {
	t.Helper()
	e := next(t, s)
	if e.Damage != nil || !bytes.Equal(e.Facts, facts(i)) || !bytes.Equal(e.Data, payload(i, n)) || e.Events != uint64(i%7+1) {
		t.Fatalf("entry %d is %q, %d bytes, %d events, %v", i, e.Facts, len(e.Data), e.Events, e.Damage)
	}
	commit(t, s)
}

func empty(t testing.TB, s *Spool) {
	t.Helper()
	n, events := s.Waiting()
	if !s.Empty() || n != 0 || events != 0 || s.Used() != 0 {
		t.Errorf("not empty: %d entries, %d events, %d bytes", n, events, s.Used())
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if e, err := s.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("next is %+v, %v", e, err)
	}
}

func TestFirstInFirstOut(t *testing.T) {
	s := open(t, Config{Dir: filepath.Join(t.TempDir(), "made", "here")})
	empty(t, s)
	const n = 200
	for i := range n {
		put(t, s, i, 10_000)
	}
	if len(s.segments) < 5 {
		t.Errorf("%d segments", len(s.segments))
	}
	if entries, events := s.Waiting(); entries != n || events == 0 || s.Empty() {
		t.Errorf("%d entries, %d events wait", entries, events)
	}
	for i := range n {
		// The same one comes until it is committed.
		if e := next(t, s); !bytes.Equal(e.Facts, facts(i)) {
			t.Fatalf("entry %d is %q", i, e.Facts)
		}
		take(t, s, i, 10_000)
	}
	empty(t, s)
	put(t, s, 1, 1)
	take(t, s, 1, 1)
	empty(t, s)
	if files, _ := filepath.Glob(filepath.Join(s.Dir(), "*"+suffix)); len(files) != 0 {
		t.Errorf("files are left: %v", files)
	}
}

// An append wakes whoever waits for it.
func TestNextWaits(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	time.AfterFunc(20*time.Millisecond, func() { put(t, s, 5, 100) })
	take(t, s, 5, 100)
}

// The next process goes on where the last one was, without a clean end too.
func TestRestart(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	made, taken := 0, 0
	for range 6 {
		for range 30 {
			put(t, s, made, 5000)
			made++
		}
		for range 22 {
			take(t, s, taken, 5000)
			taken++
		}
		next(t, s) // not committed, so it comes again
		entries, _ := s.Waiting()
		s = again(t, s)
		if now, _ := s.Waiting(); now != entries || int(now) != made-taken {
			t.Fatalf("%d entries wait, before the restart %d", now, entries)
		}
	}
	for ; taken < made; taken++ {
		take(t, s, taken, 5000)
	}
	empty(t, s)
	s = again(t, s)
	empty(t, s)
}

// Without the file that says what was read, all that is left is read.
func TestLostHead(t *testing.T) {
	for _, c := range []struct {
		name string
		lose func(path string) error
	}{
		{"gone", os.Remove},
		{"empty", func(path string) error { return os.Truncate(path, 0) }},
		{"damaged", func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("x"), headSize), 0o600) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, Config{Dir: t.TempDir()})
			for i := range 10 {
				put(t, s, i, 30_000)
			}
			for i := range 7 {
				take(t, s, i, 30_000)
			}
			first := s.segments[0]
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := c.lose(filepath.Join(s.Dir(), "head")); err != nil {
				t.Fatal(err)
			}
			s = open(t, s.cfg)
			if s.at.segment != first.number || s.at.offset != 0 {
				t.Errorf("begins at %+v", s.at)
			}
			e := next(t, s)
			if e.Damage != nil {
				t.Errorf("damage %v", e.Damage)
			}
			for !bytes.Equal(next(t, s).Facts, facts(7)) {
				commit(t, s)
			}
			for i := 7; i < 10; i++ {
				take(t, s, i, 30_000)
			}
			empty(t, s)
		})
	}
}

func TestFull(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	made := 0
	for {
		err := s.Append(facts(made), payload(made, 50_000), uint64(made%7+1))
		if errors.Is(err, ErrFull) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		made++
	}
	if used := s.Used(); used > small || used < small-60_000 {
		t.Errorf("full at %d of %d bytes", used, small)
	}
	// What tells of losses still fits.
	if err := s.Append([]byte("losses"), nil, 0); err != nil {
		t.Error(err)
	}
	// Space comes back by segments.
	taken := 0
	for errors.Is(s.Append(nil, payload(0, 50_000), 1), ErrFull) {
		take(t, s, taken, 50_000)
		taken++
	}
	if taken == 0 || taken > 5 {
		t.Errorf("space was there after %d entries", taken)
	}
	if s.Used() > small+extra {
		t.Errorf("%d bytes", s.Used())
	}
	if err := s.Append(nil, make([]byte, maxData), 1); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("error %v", err)
	}
}

func TestSkipThrough(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	for i := range 40 {
		put(t, s, i, 20_000)
	}
	take(t, s, 0, 20_000)
	s = again(t, s)
	none, _, err := s.SkipThrough(func([]byte) bool { return false })
	if none != 0 || err != nil {
		t.Errorf("skipped %d, %v", none, err)
	}
	n, events, err := s.SkipThrough(func(f []byte) bool { return bytes.Equal(f, facts(5)) || bytes.Equal(f, facts(30)) })
	var want int64
	for i := 1; i <= 30; i++ {
		want += int64(i%7 + 1)
	}
	if n != 30 || events != want || err != nil {
		t.Errorf("skipped %d entries, %d events, %v; want 30 and %d", n, events, err, want)
	}
	for i := 31; i < 40; i++ {
		take(t, s, i, 20_000)
	}
	empty(t, s)
	put(t, s, 3, 10)
	if n, _, err := s.SkipThrough(func([]byte) bool { return true }); n != 1 || err != nil {
		t.Errorf("skipped %d, %v", n, err)
	}
	empty(t, s)
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	_, err := Open(s.cfg)
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v", err)
	}
	for _, c := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"no directory", Config{Bytes: small}, "set --spool-dir"},
		{"too small", Config{Dir: dir, Bytes: 100}, "0 for no spool"},
		{"reserve", Config{Dir: dir, Bytes: small, Reserve: -1}, "negative"},
		{"not writable", Config{Dir: "/proc/weir", Bytes: small}, "cannot spool to /proc/weir"},
		{"below a file", Config{Dir: filepath.Join(dir, "lock", "x"), Bytes: small}, "choose another with --spool-dir"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Open(c.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestClosed(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	put(t, s, 1, 10)
	if err := s.Sync(); err != nil {
		t.Error(err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(nil, nil, 1); !errors.Is(err, ErrClosed) {
		t.Errorf("append: %v", err)
	}
	if _, err := s.Next(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("next: %v", err)
	}
	if err := s.Commit(); !errors.Is(err, ErrClosed) {
		t.Errorf("commit: %v", err)
	}
	if err := s.Sync(); err != nil {
		t.Errorf("sync: %v", err)
	}
}
