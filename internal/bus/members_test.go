package bus_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

// Members are those who said something lately.
func TestMembers(t *testing.T) {
	conn := bustest.Run(t)
	expect := func(step string, want ...string) {
		t.Helper()
		members, err := conn.Members(t.Context(), "detector")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range members {
			got = append(got, fmt.Sprintf("%s: %s", m.Instance, m.Value))
			if time.Since(m.Time) > time.Minute || m.Time.IsZero() {
				t.Errorf("%s: %s spoke at %s", step, m.Instance, m.Time)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: members are %q, want %q", step, got, want)
		}
	}
	put := func(kind, instance, value string, ttl time.Duration) {
		t.Helper()
		if err := conn.PutMember(t.Context(), kind, instance, []byte(value), ttl); err != nil {
			t.Fatal(err)
		}
	}
	expect("nobody")
	put("detector", "web.1 ü", "a", time.Minute)
	put("detector", "", "b", time.Minute)
	put("collector", "web.1 ü", "c", time.Minute)
	put("detector", "short", "d", 0)
	expect("three", ": b", "short: d", "web.1 ü: a")
	put("detector", "web.1 ü", "other", time.Minute)
	if err := conn.DropMember(t.Context(), "detector", ""); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for alive(t, conn, "short") && time.Now().Before(deadline) {
		time.Sleep(50 * time.Millisecond)
	}
	expect("one is left", "web.1 ü: other")
}

func alive(t *testing.T, conn *bus.Conn, instance string) bool {
	t.Helper()
	members, err := conn.Members(t.Context(), "detector")
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(members, func(m bus.Member) bool { return m.Instance == instance })
}

// Whoever watches sees members come, go and expire.
func TestWatchMembers(t *testing.T) {
	conn := bustest.Run(t)
	put := func(instance string, ttl time.Duration) {
		t.Helper()
		if err := conn.PutMember(t.Context(), "stage-x", instance, nil, ttl); err != nil {
			t.Fatal(err)
		}
	}
	put("a", time.Hour)
	if err := conn.PutMember(t.Context(), "stage-y", "other", nil, time.Hour); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan []string, 16)
	ended := make(chan error, 1)
	go func() { ended <- conn.WatchMembers(ctx, "stage-x", func(m []string) { told <- slices.Clone(m) }) }()
	expect := func(want ...string) {
		t.Helper()
		select {
		case got := <-told:
			if !slices.Equal(got, want) {
				t.Fatalf("members are %q, want %q", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("nothing was told, want %q", want)
		}
	}
	expect("a")
	put("b", time.Second)
	expect("a", "b")
	put("a", time.Hour) // no news
	began := time.Now()
	expect("a")
	if d := time.Since(began); d > 4*time.Second {
		t.Errorf("a member that is silent for a second is forgotten after %v", d)
	}
	if err := conn.DropMember(t.Context(), "stage-x", "a"); err != nil {
		t.Fatal(err)
	}
	expect()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A member that the broker does not forget, as where its clock was set back after
// the member's last sign of life, is dead to those who hear others.
func TestWatchMembersWhoAreNotForgotten(t *testing.T) {
	conn := bustest.Run(t)
	put := func(instance string) {
		t.Helper()
		if err := conn.PutMember(t.Context(), "stage-x", instance, nil, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	put("dead")
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan []string, 16)
	ended := make(chan error, 1)
	go func() { ended <- conn.WatchMembers(ctx, "stage-x", func(m []string) { told <- slices.Clone(m) }) }()
	for _, want := range [][]string{{"dead"}, {"a", "dead"}, {"a"}} {
		for waiting := true; waiting; {
			select {
			case got := <-told:
				if waiting = false; !slices.Equal(got, want) {
					t.Fatalf("members are %q, want %q", got, want)
				}
			case <-time.After(20 * time.Millisecond):
				if len(want) > 1 || want[0] == "a" {
					put("a")
				}
			}
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Who was cut off while a member died, for longer than its traces last, does not
// take it for alive: its partitions would be nobody's.
func TestWatchMembersAfterLongInterruption(t *testing.T) {
	conn, url := bustest.RunListening(t)
	proxy := bustest.NewProxy(t, url)
	cut := bustest.Dial(t, proxy.URL)
	for _, instance := range []string{"a", "dead"} {
		if err := conn.PutMember(t.Context(), "stage-x", instance, nil, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan []string, 16)
	ended := make(chan error, 1)
	go func() { ended <- cut.WatchMembers(ctx, "stage-x", func(m []string) { told <- slices.Clone(m) }) }()
	if got := <-told; !slices.Equal(got, []string{"a", "dead"}) {
		t.Errorf("members are %q", got)
	}
	proxy.Hold()
	proxy.Cut()
	stream, err := conn.JetStream().Stream(t.Context(), bus.BucketStream(bus.BucketMembers))
	if err != nil {
		t.Fatal(err)
	}
	// As the broker does when the mark of an expiry is a minute old.
	info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter(bus.BucketSubject(bus.BucketMembers, "stage-x.*")))
	if err != nil {
		t.Fatal(err)
	}
	for subject := range info.State.Subjects {
		if strings.HasSuffix(subject, hex.EncodeToString([]byte("dead"))) {
			if err := stream.Purge(t.Context(), jetstream.WithPurgeSubject(subject)); err != nil {
				t.Fatal(err)
			}
		}
	}
	proxy.Heal()
	select {
	case got := <-told:
		if !slices.Equal(got, []string{"a"}) {
			t.Errorf("afterwards members are %q", got)
		}
	case <-time.After(20 * time.Second):
		t.Error("the dead one is taken for alive")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
