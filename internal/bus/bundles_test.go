package bus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
)

func putBundle(t *testing.T, conn *bus.Conn, name, data string) uint64 {
	t.Helper()
	revision, err := conn.PutBundle(t.Context(), name, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// brief is a list of bundles on one line.
func brief(list []bus.StoredBundle) string {
	var parts []string
	for _, b := range list {
		part := fmt.Sprintf("%s@%d=%s", b.Name, b.Revision, b.Data)
		if b.Removed {
			part = fmt.Sprintf("%s@%d removed", b.Name, b.Revision)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// Bundles are replaced, removed and brought back; the last four versions stay.
func TestBundles(t *testing.T) {
	conn := bustest.Run(t)
	check := func(step, bundles, history string) {
		t.Helper()
		present, err := conn.Bundles(t.Context())
		if err != nil || brief(present) != bundles {
			t.Errorf("%s: bundles are %q, want %q: %v", step, brief(present), bundles, err)
		}
		versions, err := conn.BundleHistory(t.Context(), "b")
		if err != nil || brief(versions) != history {
			t.Errorf("%s: the history is %q, want %q: %v", step, brief(versions), history, err)
		}
		for _, v := range versions {
			if v.Time.IsZero() {
				t.Errorf("%s: revision %d has no time", step, v.Revision)
			}
		}
	}
	check("nothing", "", "")
	putBundle(t, conn, "b", "one")
	putBundle(t, conn, "a", "other")
	check("two", "a@2=other, b@1=one", "b@1=one")
	putBundle(t, conn, "b", "two")
	check("replaced", "a@2=other, b@3=two", "b@1=one, b@3=two")
	if err := conn.RemoveBundle(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	check("removed", "a@2=other", "b@1=one, b@3=two, b@4 removed")
	if err := conn.RemoveBundle(t.Context(), "b"); !errors.Is(err, bus.ErrNoBundle) {
		t.Errorf("removed again: %v", err)
	}
	if err := conn.RemoveBundle(t.Context(), "none"); !errors.Is(err, bus.ErrNoBundle) {
		t.Errorf("removed what was never there: %v", err)
	}
	names, err := conn.BundleNames(t.Context())
	if err != nil || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("names are %q: %v", names, err)
	}
	putBundle(t, conn, "b", "three")
	putBundle(t, conn, "b", "four")
	check("more", "a@2=other, b@6=four", "b@3=two, b@4 removed, b@5=three, b@6=four")
}

// A watch tells what there is, and then each change.
func TestWatchBundles(t *testing.T) {
	conn := bustest.Run(t)
	putBundle(t, conn, "a", "one")
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan bus.StoredBundle, 10)
	ended := make(chan error, 1)
	go func() { ended <- conn.WatchBundles(ctx, func(b bus.StoredBundle) { told <- b }, func() {}) }()
	var got []bus.StoredBundle
	got = append(got, <-told)
	putBundle(t, conn, "b", "two")
	putBundle(t, conn, "a", "three")
	if err := conn.RemoveBundle(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	got = append(got, <-told, <-told, <-told)
	if want := "a@1=one, b@2=two, a@3=three, b@4 removed"; brief(got) != want {
		t.Errorf("told %q, want %q", brief(got), want)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("end of the context gives %v", err)
	}
	if err := conn.WatchBundles(ctx, nil, nil); err != nil {
		t.Errorf("a watch that is stopped before it began: %v", err)
	}
	if _, err := conn.Bundles(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a list that is stopped before it began: %v", err)
	}
}

func TestBundlesThatDoNotFit(t *testing.T) {
	srv := bustest.Start(t, embed.Config{MaxBytes: 64 << 20})
	conn := bustest.Connect(t, srv, bus.Layout{MaxBytes: 64 << 20})
	_, err := conn.PutBundle(t.Context(), "a", make([]byte, conn.MaxBundle()+1))
	if !errors.Is(err, bus.ErrTooLarge) || !strings.Contains(err.Error(), "max_payload") {
		t.Errorf("larger than a message: %v", err)
	}
	// The bucket's share of the smallest layout is less than one message.
	_, err = conn.PutBundle(t.Context(), "a", bytes.Repeat([]byte("x"), int(conn.MaxBundle())))
	if !errors.Is(err, bus.ErrFull) || !strings.Contains(err.Error(), bus.BucketSignatures) {
		t.Errorf("larger than the bucket: %v", err)
	}
	putBundle(t, conn, "a", "small")
}

// The largest bundle goes there and back in an ordinary layout.
func TestLargestBundle(t *testing.T) {
	conn := bustest.Run(t)
	data := bytes.Repeat([]byte("x"), int(conn.MaxBundle()))
	if len(data) < 1<<20-8<<10 {
		t.Errorf("a bundle may have %d bytes only", len(data))
	}
	putBundle(t, conn, "a", string(data))
	if list, err := conn.Bundles(t.Context()); err != nil || len(list) != 1 || !bytes.Equal(list[0].Data, data) {
		t.Errorf("%d bundles: %v", len(list), err)
	}
}

func TestBundlesWithoutABucket(t *testing.T) {
	conn := bustest.Run(t)
	for _, bucket := range []string{bus.BucketSignatures, bus.BucketMembers} {
		if err := conn.JetStream().DeleteKeyValue(t.Context(), bucket); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	_, put := conn.PutBundle(ctx, "a", nil)
	_, list := conn.Bundles(ctx)
	_, names := conn.BundleNames(ctx)
	_, history := conn.BundleHistory(ctx, "a")
	_, members := conn.Members(ctx, "x")
	for what, err := range map[string]error{
		"put": put, "list": list, "names": names, "history": history, "remove": conn.RemoveBundle(ctx, "a"),
		"watch": conn.WatchBundles(ctx, nil, nil), "members": members, "drop": conn.DropMember(ctx, "x", "a"),
	} {
		if !errors.Is(err, bus.ErrNoStream) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
