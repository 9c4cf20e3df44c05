package collector

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/services/collector/spool"
)

// The environment of a copy of the test's program that is a collector.
const (
	childURL, childDir, childFrom, childCount = "WEIR_CHILD_URL", "WEIR_CHILD_DIR", "WEIR_CHILD_FROM", "WEIR_CHILD_COUNT"
)

// serveChild is a collector where the program was started to be one. It gives
// itself records and writes the number of the last one to a file.
func serveChild() {
	url := os.Getenv(childURL)
	if url == "" {
		return
	}
	if err := child(url, os.Getenv(childDir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(url, dir string) error {
	from, err1 := strconv.Atoi(os.Getenv(childFrom))
	count, err2 := strconv.Atoi(os.Getenv(childCount))
	if err1 != nil || err2 != nil {
		return fmt.Errorf("%w, %w", err1, err2)
	}
	s, err := spool.Open(spool.Config{Dir: filepath.Join(dir, "spool"), Bytes: 64 << 20, Reserve: 1})
	if err != nil {
		return err
	}
	conn, err := bus.Connect(context.Background(), bus.Config{URL: url})
	if err != nil {
		return err
	}
	progress, err := os.OpenFile(filepath.Join(dir, "progress"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	cfg := config()
	cfg.Spool, cfg.SpoolAfter, cfg.Subject, cfg.BatchAge = s, 50*time.Millisecond, bus.RawSubject, time.Millisecond
	source := script(func(_ context.Context, sink Sink) error {
		for i := from; i < from+count; i++ {
			if _, err := progress.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(i)), 0); err != nil {
				return err
			}
			sink.Record(rec(kind(i), uint64(i)))
			sink.Idle()
			if i%20 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		return nil
	})
	c, err := New(cfg, source, conn, stage.Settings{})
	if err != nil {
		return err
	}
	return c.Run(context.Background())
}

// Killed at any time, with a broker there or not, the collector loses what it
// had in memory, which is the last of what it was given, and nothing else; what
// was on disk is published by the next process, once and in order.
func TestKill(t *testing.T) {
	p, admin := spawn(t)
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(3, 3))
	launch := func(from, count int) *exec.Cmd {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), childURL+"="+p.URL, childDir+"="+dir,
			childFrom+"="+strconv.Itoa(from), childCount+"="+strconv.Itoa(count))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	last := func() int {
		b, err := os.ReadFile(filepath.Join(dir, "progress"))
		if err != nil || len(b) != 8 {
			return -1
		}
		return int(binary.LittleEndian.Uint64(b))
	}
	var begins []int
	from := 0
	for round := range 5 {
		begins = append(begins, from)
		cmd := launch(from, 1<<30)
		until(t, "the collector has begun", func() bool { return last() > from+100 })
		if round != 2 {
			time.Sleep(time.Duration(r.IntN(100)) * time.Millisecond)
			p.Pause(t)
		}
		time.Sleep(time.Duration(200+r.IntN(400)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		from = last() + 1
		if round != 2 {
			p.Resume(t)
		}
	}
	begins = append(begins, from)
	const rest = 500
	if err := launch(from, rest).Wait(); err != nil {
		t.Fatal(err)
	}
	got := read(t, admin)
	if got.missing() != 0 {
		t.Errorf("lost %v", got.lost)
	}
	checkKilled(t, got.numbers, append(begins, from+rest))
}

// checkKilled expects of what was given between two begins all but the last of
// it, and everything of the last process, which was not killed.
func checkKilled(t *testing.T, numbers, begins []int) {
	t.Helper()
	at := 0
	for round := range len(begins) - 1 {
		from, to := begins[round], begins[round+1]
		next := from
		for at < len(numbers) && numbers[at] < to {
			if numbers[at] != next {
				t.Fatalf("process %d: record %d where %d belongs", round, numbers[at], next)
			}
			at++
			next++
		}
		t.Logf("process %d: %d of %d records", round, next-from, to-from)
		if next == from || round == len(begins)-2 && next != to {
			t.Errorf("process %d: %d of %d records", round, next-from, to-from)
		}
	}
	if at != len(numbers) {
		t.Errorf("%d records come from nowhere", len(numbers)-at)
	}
}
