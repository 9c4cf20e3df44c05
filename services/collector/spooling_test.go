package collector

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/services/collector/spool"
)

// What a process leaves on disk, the next one publishes first, under the boot
// id that it was made under.
func TestNextProcess(t *testing.T) {
	p, admin := spawn(t)
	conn := bustest.Dial(t, p.URL)
	dir := t.TempDir()
	process := func(boot string) (*node, *spool.Spool) {
		s, err := spool.Open(spool.Config{Dir: dir, Bytes: 64 << 20, Reserve: 1})
		if err != nil {
			t.Fatal(err)
		}
		return start(t, conn, s, func(c *Config) { c.BootID = boot }), s
	}
	end := func(n *node, s *spool.Spool) {
		if err := errors.Join(n.end(true), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	n, s := process("one")
	n.give(0, 500, 0)
	p.Kill(t)
	n.give(500, 1500, 0)
	began := time.Now()
	end(n, s)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("with a spool stopping takes %v", took)
	}
	// The next one finds no broker either.
	n, s = process("two")
	n.give(1500, 2500, 0)
	until(t, "batches of both wait", func() bool { _, events := s.Waiting(); return events > 1500 })
	end(n, s)
	p.Start(t)
	n, s = process("three")
	n.give(2500, 3000, 0)
	until(t, "the spool is drained", s.Empty)
	end(n, s)
	until(t, "the reader is connected again", func() bool {
		_, err := admin.Usage(t.Context(), bus.StreamRaw)
		return err == nil
	})
	got := read(t, admin)
	got.check(t, 3000)
	if got.missing() != 0 {
		t.Errorf("lost %v", got.lost)
	}
	var order []string
	for _, boot := range got.boots {
		if len(order) == 0 || order[len(order)-1] != boot {
			order = append(order, boot)
		}
	}
	if strings.Join(order, " ") != "one two three" {
		t.Errorf("boots %v", order)
	}
}

// A process that died between publishing and writing that down leaves what the
// broker has already: it is not published again, of whatever boot it is.
func TestAlign(t *testing.T) {
	conn := bustest.Run(t)
	bustest.Window(t, conn, bus.StreamRaw, 100*time.Millisecond)
	dir := t.TempDir()
	s := openSpool(t, dir, 64<<20)
	c := newCourier(Config{Spool: s, Subject: bus.RawSubject}, nil, nil, nil, nil, stage.Settings{})
	id := 0
	for _, boot := range []string{"a", "b"} {
		for seq := range 10 {
			b := &batcher{cfg: Config{Node: "n", BootID: boot}, seq: uint64(seq * 2), losses: new(losses)}
			raw := b.lossesOnly()
			raw.Records = append(rec(kind(id), uint64(id)), rec(kind(id+1), uint64(id+1))...)
			raw.Envelope.Count = 2
			if _, err := c.keep(&batch{raw: raw}); err != nil {
				t.Fatal(err)
			}
			id += 2
			if boot == "a" || seq < 4 {
				data, err := raw.MarshalVT()
				if err != nil {
					t.Fatal(err)
				}
				if err := conn.Publish(t.Context(), output(bus.RawSubject("n"), raw.Envelope, data)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	time.Sleep(300 * time.Millisecond)
	n := start(t, conn, s, nil)
	n.give(40, 50, 0)
	if err := n.end(false); err != nil {
		t.Fatal(err)
	}
	got := read(t, conn)
	got.check(t, 50)
	if n.log.count("had a part of what was on disk") != 1 {
		t.Errorf("log:\n%s", n.log.buf.String())
	}
}

// When the spool is full, what matters least is shed first and counted; what
// is critical has room to the end.
func TestSpoolFull(t *testing.T) {
	p, admin := spawn(t)
	s := openSpool(t, t.TempDir(), 4<<20)
	n := start(t, bustest.Dial(t, p.URL), s, func(c *Config) { c.QueueBytes = 4 << 20 })
	n.bulk = 500
	p.Pause(t)
	const total = 20_000
	n.give(0, total, 2*time.Millisecond)
	if s.Used() < 3<<20 || n.troubles.last() == "" {
		t.Errorf("%d bytes on disk, %q", s.Used(), n.troubles.last())
	}
	p.Resume(t)
	if err := n.end(false); err != nil {
		t.Fatal(err)
	}
	got := read(t, admin)
	got.check(t, total)
	if got.lost["spool_full openat"] == 0 || len(got.lost) != 1 {
		t.Errorf("lost %v", got.lost)
	}
}

// On a full disk batches wait in memory, and what has no room there is shed and
// counted; when there is space again they go to disk.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
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
	p, admin := spawn(t)
	s := openSpool(t, filepath.Join(dir, "spool"), 1<<30)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 8<<20-64<<10), 0o600); err != nil && !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	n := start(t, bustest.Dial(t, p.URL), s, func(c *Config) { c.QueueBytes = 4 << 20 })
	n.bulk = 500
	p.Pause(t)
	n.give(0, 12_000, time.Millisecond)
	until(t, "the log tells of the disk", func() bool { return n.log.count("cannot be written to disk") == 1 })
	if text := n.troubles.last(); !strings.Contains(text, "too little free space") || !strings.Contains(text, dir) {
		t.Errorf("health is %q", text)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	until(t, "batches are on disk", func() bool { _, events := s.Waiting(); return events > 3000 })
	n.give(12_000, 13_000, time.Millisecond)
	until(t, "the log tells that it goes on", func() bool { return n.log.count("written to disk again") == 1 })
	p.Resume(t)
	if err := n.end(false); err != nil {
		t.Fatal(err)
	}
	got := read(t, admin)
	got.check(t, 13_000)
	if got.lost["disk_full openat"] == 0 {
		t.Errorf("lost %v", got.lost)
	}
	if n.log.count("level=ERROR") != 1 {
		t.Errorf("log:\n%s", n.log.buf.String())
	}
}

// What is damaged on disk is a loss, counted by event where its facts are whole.
func TestDamagedSpool(t *testing.T) {
	p, admin := spawn(t)
	dir := t.TempDir()
	s := openSpool(t, dir, 64<<20)
	n := start(t, bustest.Dial(t, p.URL), s, nil)
	p.Pause(t)
	n.give(0, 5000, time.Millisecond)
	until(t, "all wait on disk", func() bool { _, events := s.Waiting(); return events == 5000 })
	files, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	f, err := os.OpenFile(files[0], os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(strings.Repeat("x", 3000)), 20_000); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	p.Resume(t)
	if err := n.end(false); err != nil {
		t.Fatal(err)
	}
	got := read(t, admin)
	if sum := len(got.numbers) + int(got.missing()); sum != 5000 || got.missing() == 0 {
		t.Errorf("%d arrived, lost %v", len(got.numbers), got.lost)
	}
	for what := range got.lost {
		if !strings.HasPrefix(what, "spool_damaged ") {
			t.Errorf("lost %v", got.lost)
		}
	}
	if n.log.count("cannot be read and is lost") != 1 || n.log.count(files[0]) != 1 {
		t.Errorf("log:\n%s", n.log.buf.String())
	}
}

// What an operator can mend is waited for; what nobody can is a loss.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		spool bool
		lost  bool
	}{
		{"denied", bus.ErrDenied, true, false},
		{"denied without a spool", bus.ErrDenied, false, true},
		{"too large", bus.ErrTooLarge, true, true},
		{"invalid", bus.ErrInvalid, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var mended atomic.Bool
			to := &broker{refuse: func(m stage.Output) error {
				if mended.Load() || m.Header["Weir-Count"] == "0" {
					return nil
				}
				return fmt.Errorf("publish: %w", c.err)
			}}
			var s *spool.Spool
			if c.spool {
				s = openSpool(t, t.TempDir(), 4<<20)
			}
			n := start(t, to, s, nil)
			n.give(0, 100, 0)
			if c.lost {
				until(t, "the refusal is told", func() bool { return n.log.count("batch refused") > 0 })
			} else {
				until(t, "the refusal is told", func() bool { return n.log.count("the broker refuses batches") == 1 })
				if text := n.troubles.last(); !strings.Contains(text, c.err.Error()) {
					t.Errorf("health is %q", text)
				}
			}
			time.Sleep(50 * time.Millisecond)
			mended.Store(true)
			n.give(100, 101, 0)
			if err := n.end(false); err != nil {
				t.Fatal(err)
			}
			events, lost := uint32(0), uint64(0)
			for _, b := range to.batches(t) {
				events += b.Envelope.Count
				for _, l := range b.Envelope.Losses {
					lost += l.Count
				}
			}
			if (lost > 0) != c.lost || uint64(events)+lost != 101 {
				t.Errorf("%d arrived, %d lost", events, lost)
			}
		})
	}
}

// What is lost when a process has to give up is told by the next one.
func TestLastWords(t *testing.T) {
	to := &broker{hold: make(chan struct{})}
	dir := t.TempDir()
	s, err := spool.Open(spool.Config{Dir: dir, Bytes: 4 << 20, Reserve: 1})
	if err != nil {
		t.Fatal(err)
	}
	// It is full, but for such words.
	for s.Append(nil, nil, 1) == nil {
	}
	n := start(t, to, s, func(c *Config) { c.StopTimeout = 200 * time.Millisecond })
	n.give(0, 50, 0)
	err = n.end(true)
	if err == nil || !strings.Contains(err.Error(), "5 events not published") {
		t.Errorf("error %v", err)
	}
	told := map[string]uint64{}
	for !s.Empty() {
		e, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if env, err := readFacts(e.Facts); err == nil {
			for _, l := range env.Losses {
				told[l.Reason] += l.Count
			}
		}
		if err := s.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	// The critical ones were waited for, the others were not let in.
	if told["stopped"] != 5 || told["spool_full"] != 45 {
		t.Errorf("the next process learns of %v", told)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
