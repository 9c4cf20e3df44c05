package bus_test

import (
	"context"
	"slices"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

func TestInterestIsTheUnion(t *testing.T) {
	conn := bustest.Run(t)
	got, end := watch(t, conn)
	expect := func(step string, want ...string) {
		t.Helper()
		if events := <-got; !slices.Equal(events, want) {
			t.Errorf("%s: interest is %v, want %v", step, events, want)
		}
	}
	put := func(instance string, events ...string) {
		t.Helper()
		if err := conn.PutInterest(t.Context(), instance, events); err != nil {
			t.Fatal(err)
		}
	}
	expect("empty bucket")
	put("det.1 ü", "openat", "execve", "openat")
	expect("first", "execve", "openat")
	put("", "openat", "ptrace")
	expect("second", "execve", "openat", "ptrace")
	put("det.1 ü", "openat")
	expect("less", "openat", "ptrace")

	// A value that cannot be read changes nothing.
	bucket, err := conn.JetStream().KeyValue(t.Context(), bus.BucketInterest)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.Put(t.Context(), "strange", []byte(`{"not": "a list"}`)); err != nil {
		t.Fatal(err)
	}
	put("", "connect")
	expect("after a bad value", "connect", "openat")

	put("")
	expect("none", "openat")
	if err := conn.DropInterest(t.Context(), "det.1 ü"); err != nil {
		t.Fatal(err)
	}
	expect("dropped")
	end()
}

// Whoever comes later gets the present value first.
func TestInterestForLateComers(t *testing.T) {
	conn := bustest.Run(t)
	for _, name := range []string{"a", "b"} {
		if err := conn.PutInterest(t.Context(), name, []string{name}); err != nil {
			t.Fatal(err)
		}
	}
	got, end := watch(t, conn)
	if events := <-got; !slices.Equal(events, []string{"a", "b"}) {
		t.Errorf("interest is %v", events)
	}
	end()
}

// Whoever is told to stop while still starting has not failed.
func TestWatchInterestStoppedAtOnce(t *testing.T) {
	conn := bustest.Run(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := conn.WatchInterest(ctx, func([]string) {}); err != nil {
		t.Errorf("a watch that is stopped before it began: %v", err)
	}
	if err := conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamRaw}, nil); err != nil {
		t.Errorf("a reader that is stopped before it began: %v", err)
	}
}

func watch(t *testing.T, conn *bus.Conn) (got <-chan []string, end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	updates := make(chan []string, 10)
	ended := make(chan error)
	go func() { ended <- conn.WatchInterest(ctx, func(events []string) { updates <- events }) }()
	return updates, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("end of the context gives %v", err)
		}
	}
}
