package bucket

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/signatures/sdk"
)

func newSource(t *testing.T, text string) (*Source, *bytes.Buffer) {
	t.Helper()
	spec, err := ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	log := new(bytes.Buffer)
	return New(spec, slog.New(slog.NewTextHandler(log, nil))), log
}

func (s *Source) tell(name, value string) {
	s.change(bus.BucketEntry{Name: name, Value: []byte(value)})
}

func (s *Source) remove(name string) { s.change(bus.BucketEntry{Name: name, Removed: true}) }

func TestGet(t *testing.T) {
	s, _ := newSource(t, "kv://allowed?namespace=mine")
	if s.Namespace() != "mine" || s.ID() != "allowed" || s.Version() != 1 || len(s.Keys()) != 1 || s.Schema() != "{}" {
		t.Errorf("it says %s/%s, %d, %q, %s", s.Namespace(), s.ID(), s.Version(), s.Keys(), s.Schema())
	}
	if _, err := s.Get("a"); !errors.Is(err, sdk.ErrDataPending) {
		t.Errorf("before the bucket is read: %v", err)
	}
	s.begin()
	s.tell("a", `{"owner": "me", "tags": ["x"]}`)
	s.tell("b", "text")
	s.tell(SchemaKey, `{"owner": "string"}`)
	s.end()
	found, err := s.Get("a")
	if err != nil || found["owner"] != "me" || s.Schema() != `{"owner":"string"}` {
		t.Errorf("got %v, %v; schema %s", found, err, s.Schema())
	}
	// What one signature does to its result is no other's business.
	found["owner"] = "you"
	found["tags"].([]any)[0] = "y"
	if found, err = s.Get("a"); err != nil || found["owner"] != "me" || found["tags"].([]any)[0] != "x" {
		t.Errorf("got %v, %v", found, err)
	}
	for _, key := range []string{"c", "", SchemaKey} {
		if _, err := s.Get(key); !errors.Is(err, sdk.ErrDataNotFound) || errors.Is(err, sdk.ErrDataPending) {
			t.Errorf("%q: %v", key, err)
		}
	}
	text := "a"
	for key, want := range map[any]string{&text: "give it by value", 7: "takes texts, no int", nil: "no <nil>"} {
		if _, err := s.Get(key); !errors.Is(err, sdk.ErrKeyNotSupported) || !strings.Contains(err.Error(), want) {
			t.Errorf("%T: %v", key, err)
		}
	}
	s.remove("a")
	s.remove(SchemaKey)
	if _, err := s.Get("a"); !errors.Is(err, sdk.ErrDataNotFound) || s.Schema() != "{}" {
		t.Errorf("removed: %v, %s", err, s.Schema())
	}
}

// After an interruption what is not there any more is gone.
func TestAnotherReading(t *testing.T) {
	s, _ := newSource(t, "kv://allowed")
	s.begin()
	s.tell("a", "1")
	s.tell("b", "1")
	s.end()
	s.begin()
	s.tell("b", "2")
	if _, err := s.Get("a"); err != nil {
		t.Errorf("while it is read again: %v", err)
	}
	s.end()
	if _, err := s.Get("a"); !errors.Is(err, sdk.ErrDataNotFound) {
		t.Errorf("gone: %v", err)
	}
	if found, err := s.Get("b"); err != nil || found["value"] != "2" {
		t.Errorf("got %v, %v", found, err)
	}
	if s.bytes != s.entries["b"].size || s.count.removed.Load() != 1 {
		t.Errorf("%d bytes, %d removed", s.bytes, s.count.removed.Load())
	}
}

// A bad value is named once, counted each time, and not there.
func TestBadValues(t *testing.T) {
	s, log := newSource(t, "kv://allowed")
	s.begin()
	s.tell("a", "good")
	s.tell("a", "{bad")
	s.tell("a", "{worse")
	s.tell(SchemaKey, "bad")
	s.end()
	if _, err := s.Get("a"); !errors.Is(err, sdk.ErrDataNotFound) {
		t.Errorf("got %v", err)
	}
	text := log.String()
	if strings.Count(text, "key=a ") != 1 || strings.Count(text, "key=_schema") != 1 || !strings.Contains(text, "bucket=allowed") {
		t.Errorf("log: %s", text)
	}
	if n := s.count.unreadable.Load(); n != 3 {
		t.Errorf("%d counted", n)
	}
	s.tell("a", "good again")
	s.tell("a", "{bad again")
	if strings.Count(log.String(), "key=a ") != 2 {
		t.Error("a key that was good since is not named again")
	}
}

func TestBounded(t *testing.T) {
	s, log := newSource(t, "kv://allowed?max-bytes=64KiB")
	s.begin()
	for i := range 1000 {
		s.tell(fmt.Sprint("k", i), strings.Repeat("x", 100))
	}
	s.end()
	if s.bytes > 64<<10 || len(s.entries) < 100 || s.count.full.Load() != uint64(1000-len(s.entries)) {
		t.Errorf("%d keys in %d bytes, %d left out", len(s.entries), s.bytes, s.count.full.Load())
	}
	if n := strings.Count(log.String(), "no room"); n != 1000-len(s.entries) {
		t.Errorf("%d named", n)
	}
	// There is room again, and what has its place keeps it.
	s.remove("k0")
	s.tell("k999", "y")
	for _, key := range []string{"k1", "k999"} {
		if _, err := s.Get(key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	for name := range s.entries {
		s.remove(name)
	}
	if s.bytes != 0 {
		t.Errorf("%d bytes are left of nothing", s.bytes)
	}
}

// Where the bucket has a limit of age nobody tells of the end of an entry.
func TestExpiry(t *testing.T) {
	s, _ := newSource(t, "kv://allowed")
	now := time.Unix(1000, 0)
	s.now = func() time.Time { return now }
	s.begin()
	s.change(bus.BucketEntry{Name: "a", Value: []byte("x"), Expires: now.Add(time.Minute)})
	s.end()
	now = now.Add(time.Minute - 1)
	if _, err := s.Get("a"); err != nil {
		t.Errorf("just before: %v", err)
	}
	now = now.Add(1)
	if _, err := s.Get("a"); !errors.Is(err, sdk.ErrDataNotFound) {
		t.Errorf("then: %v", err)
	}
	now = now.Add(sweepEvery)
	s.tell("b", "y")
	if len(s.entries) != 1 {
		t.Errorf("%d entries are kept", len(s.entries))
	}
}

func BenchmarkGet(b *testing.B) {
	spec, err := ParseSpec("kv://allowed")
	if err != nil {
		b.Fatal(err)
	}
	s := New(spec, nil)
	s.begin()
	for i := range 10_000 {
		s.tell(fmt.Sprint("10.0.", i/256, ".", i%256), `{"owner": "me"}`)
	}
	s.end()
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := s.Get("10.0.3.7"); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
