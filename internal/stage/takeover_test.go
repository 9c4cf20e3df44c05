package stage_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
)

const (
	childURL  = "STAGE_TEST_URL"
	childName = "STAGE_TEST_NAME"
)

// TestChild is not a test: it is an instance in a process of its own, for tests
// that kill or stop one.
func TestChild(t *testing.T) {
	url := os.Getenv(childURL)
	if url == "" {
		t.Skip("only run by other tests, as an instance to be killed")
	}
	conn, err := bus.Connect(t.Context(), bus.Config{URL: url, Name: "child"})
	if err != nil {
		t.Fatal(err)
	}
	cfg := takeoverConfig()
	name := os.Getenv(childName)
	cfg.NewHandler = func(int) (stage.Handler, error) { return &signed{name: name}, nil }
	runner, err := stage.New(conn, cfg, stage.Settings{Instance: name})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := runner.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// signed is a chain that tells who handled a message.
type signed struct {
	chain
	name string
}

func (s *signed) Handle(ctx context.Context, in stage.Message) ([]stage.Output, error) {
	out, err := s.chain.Handle(ctx, in)
	out[0].Header = map[string]string{"By": s.name}
	return out, err
}

// takeoverConfig has the default times: what users get is what is measured.
func takeoverConfig() stage.Config {
	return stage.Config{Stage: "copy", Stream: bus.StreamRaw, Partitions: 16, Filter: bus.RawFilter}
}

type child struct{ cmd *exec.Cmd }

func spawn(t *testing.T, url, name string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), childURL+"="+url, childName+"="+name)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &child{cmd}
}

func (c *child) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// feeder publishes a message for each of 32 nodes every 10 ms, until it is
// stopped; it returns how many those were.
func feeder(t *testing.T, conn *bus.Conn) (stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	var group sync.WaitGroup
	group.Go(func() {
		for ctx.Err() == nil {
			for range 32 {
				m := bus.Message{Subject: bus.RawSubject(fmt.Sprint("n", n%32)), ID: fmt.Sprint("in/", n), Data: []byte("x")}
				if err := conn.Publish(t.Context(), m); err != nil {
					t.Error(err)
					return
				}
				n++
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
	return func() int {
		cancel()
		group.Wait()
		return n
	}
}

// outcome is what the outputs tell: who made them, and the longest time that any
// partition waited for one.
type outcome struct {
	by      map[string]int
	ids     map[string]bool
	longest time.Duration
}

func readOutcome(t *testing.T, conn *bus.Conn) outcome {
	t.Helper()
	o := outcome{by: map[string]int{}, ids: map[string]bool{}}
	last := map[string]time.Time{}
	n := stored(t, conn, bus.StreamEvents)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	seen := 0
	err := conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamEvents}, func(_ context.Context, m bus.Received) error {
		partition := strings.Split(m.Subject, ".")[2]
		if o.ids[m.ID] {
			t.Errorf("%s is there twice", m.ID)
		}
		o.ids[m.ID] = true
		o.by[m.Header["By"]]++
		if before, ok := last[partition]; ok {
			o.longest = max(o.longest, m.Time.Sub(before))
		}
		last[partition] = m.Time
		if seen++; seen == n {
			cancel()
		}
		return nil
	})
	if err != nil || seen != n {
		t.Fatalf("read %d of %d outputs: %v", seen, n, err)
	}
	return o
}

func awaitOutputs(t *testing.T, conn *bus.Conn, n int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); stored(t, conn, bus.StreamEvents) < n; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d outputs, want %d", stored(t, conn, bus.StreamEvents), n)
		}
	}
}

// With the default times and under load: killed with SIGKILL, an instance is
// replaced within 3 s; paused and resumed, it doubles nothing. The limits leave a
// second for a busy machine; the log has the times.
func TestTakeover(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit time.Duration
		end   func(t *testing.T, c *child)
	}{
		{"killed", 4 * time.Second, func(t *testing.T, c *child) { c.signal(t, syscall.SIGKILL) }},
		{"paused", 4 * time.Second, func(t *testing.T, c *child) {
			c.signal(t, syscall.SIGSTOP)
			time.Sleep(6 * time.Second)
			c.signal(t, syscall.SIGCONT)
			time.Sleep(time.Second)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, url := bustest.RunListening(t)
			a, b := spawn(t, url, "a"), spawn(t, url, "b")
			stop := feeder(t, conn)
			awaitShares(t, conn)
			c.end(t, a)
			time.Sleep(4 * time.Second)
			n := stop()
			awaitOutputs(t, conn, n)
			time.Sleep(200 * time.Millisecond)
			b.signal(t, syscall.SIGKILL)
			o := readOutcome(t, conn)
			t.Logf("%d messages, handled by %v; the longest that a partition waited: %v", n, o.by, o.longest)
			if len(o.ids) != n {
				t.Errorf("%d outputs, want %d", len(o.ids), n)
			}
			if o.longest > c.limit {
				t.Errorf("a partition waited %v, more than %v", o.longest, c.limit)
			}
		})
	}
}

// awaitShares waits until both instances work.
func awaitShares(t *testing.T, conn *bus.Conn) {
	t.Helper()
	by := map[string]bool{}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	err := conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamEvents}, func(_ context.Context, m bus.Received) error {
		if by[m.Header["By"]] = true; len(by) == 2 {
			cancel()
		}
		return nil
	})
	if err != nil || len(by) != 2 {
		t.Fatalf("only %v work: %v", by, err)
	}
	time.Sleep(300 * time.Millisecond)
}

// Stopped in order, an instance hands over at once: long before anybody would
// give it up, also on a busy machine.
func TestHandOverIsQuick(t *testing.T) {
	conn := bustest.Run(t)
	cfg := takeoverConfig()
	cfg.MemberTTL, cfg.PinnedTTL = 20*time.Second, 20*time.Second
	cfg.NewHandler = func(int) (stage.Handler, error) { return &signed{name: "a"}, nil }
	a := start(t, conn, cfg)
	cfg.NewHandler = func(int) (stage.Handler, error) { return &signed{name: "b"}, nil }
	b := start(t, conn, cfg)
	stop := feeder(t, conn)
	awaitShares(t, conn)
	a.stop()
	time.Sleep(500 * time.Millisecond)
	n := stop()
	awaitOutputs(t, conn, n)
	b.stop()
	o := readOutcome(t, conn)
	t.Logf("%d messages, handled by %v; the longest that a partition waited: %v", n, o.by, o.longest)
	if len(o.ids) != n || o.longest > time.Second {
		t.Errorf("%d of %d outputs, a partition waited %v", len(o.ids), n, o.longest)
	}
}
