package bus_test

import (
	"context"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/schemas/interest"
)

func TestInterestIsTheUnion(t *testing.T) {
	conn := bustest.Run(t)
	got, end := watch(t, conn)
	expect := func(step string, want ...string) {
		t.Helper()
		if wanted := <-got; !wanted.Equal(interest.Of(want...)) {
			t.Errorf("%s: interest is %v, want %v", step, wanted, want)
		}
	}
	put := func(instance string, events ...string) {
		t.Helper()
		if err := conn.PutInterest(t.Context(), instance, interest.Of(events...)); err != nil {
			t.Fatal(err)
		}
	}
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

	// What detectors wrote before there were scopes is understood.
	if _, err := bucket.Put(t.Context(), "old", []byte(`["ptrace", "openat"]`)); err != nil {
		t.Fatal(err)
	}
	expect("the old form", "connect", "openat", "ptrace")
	if err := bucket.Purge(t.Context(), "old"); err != nil {
		t.Fatal(err)
	}
	expect("without it", "connect", "openat")

	put("")
	expect("none", "openat")
	if err := conn.DropInterest(t.Context(), "det.1 ü"); err != nil {
		t.Fatal(err)
	}
	expect("dropped")
	end()
}

// Scopes are added up as well: what two instances want of an event is one
// interest, and a change of it is told.
func TestScopesOfInstancesAreAddedUp(t *testing.T) {
	conn := bustest.Run(t)
	got, end := watch(t, conn)
	under := func(paths ...string) interest.Interest {
		return interest.New(interest.Event{Name: "openat", Scopes: []interest.Scope{{Paths: paths}}})
	}
	for _, step := range []struct {
		instance  string
		put, want interest.Interest
	}{
		{"a", under("/etc/shadow"), under("/etc/shadow")},
		{"b", under("/proc/", "/etc/shadow"), under("/etc/shadow", "/proc/")},
		{"a", under("/root"), under("/etc/shadow", "/proc/", "/root")},
		{"b", interest.Of("openat"), interest.Of("openat")},
		{"b", interest.Interest{}, under("/root")},
	} {
		if step.instance != "" {
			if err := conn.PutInterest(t.Context(), step.instance, step.put); err != nil {
				t.Fatal(err)
			}
		}
		if wanted := <-got; !wanted.Equal(step.want) {
			t.Errorf("%v of %s: interest is %v, want %v", step.put, step.instance, wanted, step.want)
		}
	}
	end()
}

// Whoever comes later gets the present value first.
func TestInterestForLateComers(t *testing.T) {
	conn := bustest.Run(t)
	for _, name := range []string{"a", "b"} {
		if err := conn.PutInterest(t.Context(), name, interest.Of(name)); err != nil {
			t.Fatal(err)
		}
	}
	got, end := watch(t, conn)
	if wanted := <-got; !wanted.Equal(interest.Of("a", "b")) {
		t.Errorf("interest is %v", wanted)
	}
	end()
}

// As long as nobody has said what is needed, nothing is told: that is not to need
// nothing, which an instance can say, too.
func TestInterestNobodySpokeOf(t *testing.T) {
	conn := bustest.Run(t)
	got, end := watch(t, conn)
	select {
	case wanted := <-got:
		t.Errorf("nobody has spoken, and interest is %v", wanted)
	case <-time.After(300 * time.Millisecond):
	}
	if err := conn.PutInterest(t.Context(), "a", interest.Interest{}); err != nil {
		t.Fatal(err)
	}
	select {
	case wanted := <-got:
		if len(wanted.Events) != 0 {
			t.Errorf("interest is %v", wanted)
		}
	case <-time.After(10 * time.Second):
		t.Error("it is not told that nothing is needed")
	}
	end()
}

// Whoever is told to stop while still starting has not failed.
func TestWatchInterestStoppedAtOnce(t *testing.T) {
	conn := bustest.Run(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := conn.WatchInterest(ctx, func(interest.Interest) {}); err != nil {
		t.Errorf("a watch that is stopped before it began: %v", err)
	}
	if err := conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamRaw}, nil); err != nil {
		t.Errorf("a reader that is stopped before it began: %v", err)
	}
}

func watch(t *testing.T, conn *bus.Conn) (got <-chan interest.Interest, end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	updates := make(chan interest.Interest, 10)
	ended := make(chan error)
	go func() { ended <- conn.WatchInterest(ctx, func(wanted interest.Interest) { updates <- wanted }) }()
	return updates, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("end of the context gives %v", err)
		}
	}
}
