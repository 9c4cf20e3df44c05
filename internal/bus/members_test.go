package bus_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

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
