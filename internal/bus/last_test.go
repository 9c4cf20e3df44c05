package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

func TestLastRaw(t *testing.T) {
	conn := bustest.Run(t)
	if _, ok, err := conn.LastRaw(t.Context(), "n"); ok || err != nil {
		t.Fatalf("before anything was published: %v, %v", ok, err)
	}
	before := time.Now().Add(-time.Second)
	for i := range 5 {
		for _, node := range []string{"n", "other", "rack 1.n*"} {
			m := bus.Message{
				Subject: bus.RawSubject(node), ID: fmt.Sprint(node, i), Data: make([]byte, 5000),
				Header: map[string]string{"Weir-First-Seq": fmt.Sprint(i)},
			}
			if err := conn.Publish(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, node := range []string{"n", "other", "rack 1.n*"} {
		m, ok, err := conn.LastRaw(t.Context(), node)
		if err != nil || !ok || m.ID != node+"4" || m.Header["Weir-First-Seq"] != "4" || m.StreamSeq != uint64(13+i) {
			t.Errorf("%q: %+v, %v, %v", node, m, ok, err)
		}
		if !strings.HasPrefix(m.Subject, "weir.raw.") || !strings.HasSuffix(m.Subject, "."+bus.Token(node)) || m.Time.Before(before) {
			t.Errorf("%q: subject %q at %v", node, m.Subject, m.Time)
		}
	}
	if _, ok, err := conn.LastRaw(t.Context(), "*"); ok || err != nil {
		t.Errorf("a node is taken for a pattern: %v, %v", ok, err)
	}
}

// After lets a message in only behind the one that it names.
func TestPublishAfter(t *testing.T) {
	conn := bustest.Run(t)
	at := func(n uint64) *uint64 { return &n }
	publish := func(id string, after *uint64) error {
		return conn.Publish(t.Context(), bus.Message{Subject: bus.RawSubject("n"), ID: id, Data: []byte("x"), After: after})
	}
	for _, c := range []struct {
		id      string
		after   *uint64
		refused bool
	}{
		{"a", at(0), false},
		{"b", at(0), true},
		{"b", at(1), false},
		{"c", at(1), true},
		{"d", nil, false},
		{"e", at(3), false},
	} {
		if err := publish(c.id, c.after); errors.Is(err, bus.ErrOutOfStep) != c.refused || !c.refused && err != nil {
			t.Errorf("%s: %v", c.id, err)
		}
	}
	// Another node's messages do not count.
	if err := conn.Publish(t.Context(), bus.Message{Subject: bus.RawSubject("m"), ID: "m", Data: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if err := publish("f", at(4)); err != nil {
		t.Error(err)
	}
}

// A collector may ask for its own node where it has the right to, and for no
// other.
func TestLastRawRights(t *testing.T) {
	admin, user := bustest.Restricted(t, bus.RawSubject("n"), bus.LastRawSubject("n"), "$JS.API.INFO")
	if err := bustest.Dial(t, admin).Provision(t.Context(), bus.Layout{MaxBytes: 256 << 20}); err != nil {
		t.Fatal(err)
	}
	conn := bustest.Dial(t, user)
	if err := conn.Publish(t.Context(), bus.Message{Subject: bus.RawSubject("n"), ID: "1", Data: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if m, ok, err := conn.LastRaw(t.Context(), "n"); err != nil || !ok || m.ID != "1" {
		t.Errorf("own node: %+v, %v, %v", m, ok, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, _, err := conn.LastRaw(ctx, "m"); !errors.Is(err, bus.ErrDenied) || !strings.Contains(err.Error(), bus.LastRawSubject("m")) {
		t.Errorf("another node: %v", err)
	}
}

func TestLastRawInACluster(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster takes some seconds")
	}
	_, conn := bustest.Cluster(t, 3)
	after := uint64(0)
	for i := range 5 {
		m := bus.Message{Subject: bus.RawSubject("n"), ID: fmt.Sprint(i), Data: []byte("x"), After: &after}
		if err := conn.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		stale := m
		stale.ID += "again"
		if err := conn.Publish(t.Context(), stale); !errors.Is(err, bus.ErrOutOfStep) {
			t.Errorf("behind an older message: %v", err)
		}
		after++
	}
	// A replica may be asked that is behind for a moment.
	deadline := time.Now().Add(10 * time.Second)
	for {
		m, ok, err := conn.LastRaw(t.Context(), "n")
		if err == nil && ok && m.ID == "4" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v, %v, %v", m, ok, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
