package bus_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
)

func TestBucketKey(t *testing.T) {
	for name, want := range map[string]string{
		"a": "a", "10.0.0.1": "10.0.0.1", "/usr/bin/x_y-Z": "/usr/bin/x_y-Z", "2001:db8::1": "2001=3Adb8=3A=3A1",
		"a=b": "a=3Db", "a b*>%": "a=20b=2A=3E=25", ".a..b.": "=2Ea.=2Eb=2E", ".": "=2E", "ß": "=C3=9F", "_schema": "_schema",
	} {
		key, err := bus.BucketKey(name)
		if key != want || err != nil || bus.FromBucketKey(key) != name {
			t.Errorf("%q became %q and %q: %v", name, key, bus.FromBucketKey(key), err)
		}
	}
	for _, name := range []string{"", strings.Repeat("x", 1025), strings.Repeat(":", 342)} {
		if _, err := bus.BucketKey(name); err == nil {
			t.Errorf("%.10q is taken", name)
		}
	}
	// Keys that others wrote.
	for key, want := range map[string]string{"a=b": "a=b", "a=": "a=", "a=4": "a=4", "=4g": "=4g", "a=3a": "a=3a"} {
		if got := bus.FromBucketKey(key); got != want {
			t.Errorf("%q is %q, want %q", key, got, want)
		}
	}
}

func FuzzBucketKey(f *testing.F) {
	f.Add("10.0.0.1")
	f.Add(".a..=3D ")
	f.Fuzz(func(t *testing.T, name string) {
		key, err := bus.BucketKey(name)
		if err != nil {
			return
		}
		if bus.FromBucketKey(key) != name {
			t.Fatalf("%q became %q", name, key)
		}
		if strings.HasPrefix(key, ".") || strings.HasSuffix(key, ".") || strings.Contains(key, "..") || strings.Trim(key, "-_/=.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			t.Fatalf("%q is no key", key)
		}
	})
}

// made returns a connection to a broker with a bucket.
func made(t *testing.T, bucket string) *bus.Conn {
	t.Helper()
	conn := bustest.Run(t)
	if created, err := conn.EnsureBucket(t.Context(), bucket); !created || err != nil {
		t.Fatalf("created %v, %v", created, err)
	}
	return conn
}

func put(t *testing.T, conn *bus.Conn, bucket, key, value string, ttl time.Duration) uint64 {
	t.Helper()
	revision, err := conn.PutKey(t.Context(), bucket, key, []byte(value), ttl)
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// held is what a bucket holds, as "name=value".
func held(t *testing.T, conn *bus.Conn, bucket string) string {
	t.Helper()
	entries, err := conn.BucketEntries(t.Context(), bucket)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, e := range entries {
		texts = append(texts, e.Name+"="+string(e.Value))
	}
	return strings.Join(texts, " ")
}

func TestBucketEntries(t *testing.T) {
	conn := made(t, "lists")
	if created, err := conn.EnsureBucket(t.Context(), "lists"); created || err != nil {
		t.Errorf("again: created %v, %v", created, err)
	}
	first := put(t, conn, "lists", "::1", "a", 0)
	second := put(t, conn, "lists", "b", "x", time.Hour)
	put(t, conn, "lists", "c", "", 0)
	if first == 0 || second <= first {
		t.Errorf("revisions %d, %d", first, second)
	}
	if got := held(t, conn, "lists"); got != "::1=a b=x c=" {
		t.Errorf("held: %s", got)
	}
	put(t, conn, "lists", "b", "y", 0)
	if err := conn.DeleteKey(t.Context(), "lists", "c"); err != nil {
		t.Error(err)
	}
	if err := conn.DeleteKey(t.Context(), "lists", "c"); !errors.Is(err, bus.ErrNoKey) {
		t.Errorf("again: %v", err)
	}
	if got := held(t, conn, "lists"); got != "::1=a b=y" {
		t.Errorf("held: %s", got)
	}
}

func TestBucketErrors(t *testing.T) {
	conn := bustest.Run(t)
	ctx := t.Context()
	if _, err := conn.PutKey(ctx, "none", "a", nil, 0); !errors.Is(err, bus.ErrNoBucket) {
		t.Errorf("no bucket: %v", err)
	}
	if err := conn.WatchBucket(ctx, "none", bus.BucketWatch{}); !errors.Is(err, bus.ErrNoBucket) {
		t.Errorf("no bucket to watch: %v", err)
	}
	if _, err := conn.BucketEntries(ctx, "none"); !errors.Is(err, bus.ErrNoBucket) {
		t.Errorf("no bucket to list: %v", err)
	}
	for _, bucket := range []string{"", "a.b", "weir_members", strings.Repeat("x", 65)} {
		_, created := conn.EnsureBucket(ctx, bucket)
		_, putErr := conn.PutKey(ctx, bucket, "a", nil, 0)
		for _, err := range []error{created, putErr, conn.DeleteKey(ctx, bucket, "a"), conn.WatchBucket(ctx, bucket, bus.BucketWatch{})} {
			if err == nil || !strings.Contains(err.Error(), "bucket ") {
				t.Errorf("%q: %v", bucket, err)
			}
		}
	}
	if _, err := conn.EnsureBucket(ctx, "lists"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.PutKey(ctx, "lists", "a", nil, time.Millisecond); err == nil || !strings.Contains(err.Error(), "at least 1s") {
		t.Errorf("a short time to live: %v", err)
	}
	if _, err := conn.PutKey(ctx, "lists", "", nil, 0); err == nil {
		t.Error("an empty key is taken")
	}
}

// Who watches learns what is there, what changes, what expires, and after a
// restart of the broker what is gone.
func TestWatchBucket(t *testing.T) {
	dir, address := t.TempDir(), "127.0.0.1:0"
	start := func() *embed.Server {
		srv, err := embed.Start(embed.Config{Dir: dir, Listen: address, MaxBytes: 256 << 20, Reserve: 1})
		if err != nil {
			t.Fatal(err)
		}
		address = strings.TrimPrefix(srv.URL(), "nats://")
		return srv
	}
	srv := start()
	conn := bustest.Dial(t, srv.URL())
	if _, err := conn.EnsureBucket(t.Context(), "lists"); err != nil {
		t.Fatal(err)
	}
	put(t, conn, "lists", "a", "1", 0)
	told := make(chan string, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- conn.WatchBucket(ctx, "lists", bus.BucketWatch{
			Begin: func() { told <- "begin" },
			Ready: func() { told <- "ready" },
			Entry: func(e bus.BucketEntry) {
				if e.Removed {
					told <- "-" + e.Name
				} else {
					told <- e.Name + "=" + string(e.Value)
				}
			},
		})
	}()
	expect := func(want ...string) {
		t.Helper()
		for _, w := range want {
			select {
			case got := <-told:
				if got != w {
					t.Fatalf("told %q, want %q", got, w)
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("not told: %s", w)
			}
		}
	}
	expect("begin", "a=1", "ready")
	put(t, conn, "lists", "b", "2", time.Second)
	expect("b=2", "-b")
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv = start()
	expect("begin")
	for got := range told {
		if got == "ready" {
			break
		}
		if got != "a=1" && got != "-b" {
			t.Errorf("told %q", got)
		}
	}
	put(t, conn, "lists", "c", "3", 0)
	expect("c=3")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	t.Cleanup(func() { _ = srv.Shutdown(context.Background()) })
}
