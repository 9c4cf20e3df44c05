package tracee

import (
	"bytes"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/aquasecurity/tracee/types/detect"
	"github.com/aquasecurity/tracee/types/protocol"

	"github.com/weirsec/weir/signatures/sdk"
)

func TestDescription(t *testing.T) {
	properties := map[string]any{"Severity": 3, "List": []int{1}}
	tags := []string{"linux"}
	given := &scripted{
		metadata: detect.SignatureMetadata{
			ID: "S-1", Version: "2", Name: "n", EventName: "e", Description: "d", Tags: tags, Properties: properties,
		},
		selectors: []detect.SignatureEventSelector{{Source: "tracee", Name: "openat", Origin: "host"}},
	}
	s, err := New(given, Options{})
	if err != nil {
		t.Fatal(err)
	}
	properties["Severity"], tags[0] = 0, "changed"
	m := s.Metadata()
	if m.Properties["Severity"] != 3 || m.Tags[0] != "linux" || m.ID != "S-1" || m.Version != "2" || m.Name != "n" ||
		m.EventName != "e" || m.Description != "d" {
		t.Errorf("metadata %+v", m)
	}
	if want := []sdk.Selector{{Source: "tracee", Name: "openat", Origin: "host"}}; !reflect.DeepEqual(s.Selectors(), want) {
		t.Errorf("selectors %+v", s.Selectors())
	}
	if s.Wrapped() != reflect.TypeFor[*scripted]() {
		t.Errorf("wrapped %v", s.Wrapped())
	}
	if err := s.OnEvent(sdk.NewContext(nil), full()); !errors.Is(err, errPrototype) {
		t.Errorf("the exported value looks at events: %v", err)
	}
}

// panicking panics wherever it is asked.
type panicking struct{ wordsTracer }

func (*panicking) GetMetadata() (detect.SignatureMetadata, error) { panic("not today") }

func TestNewRefuses(t *testing.T) {
	named := detect.SignatureMetadata{ID: "S-1"}
	for _, c := range []struct {
		name  string
		given detect.Signature
		want  string
	}{
		{"nil", nil, "is nil"},
		{"a nil pointer", (*scripted)(nil), "is nil"},
		{"without an id", &scripted{}, "the id is empty"},
		{"an error", &scripted{metadata: named, err: errors.New("sorry")}, "metadata: sorry"},
		{"a panic", &panicking{}, "panic: not today"},
		{"properties that are no JSON", &scripted{metadata: detect.SignatureMetadata{
			ID: "S-1", Properties: map[string]any{"f": map[string]any{"g": func() {}}},
		}}, "f"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(c.given, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	for name, factory := range map[string]func() detect.Signature{
		"returned nil": func() detect.Signature { return nil },
		"panic: empty": func() detect.Signature { panic("empty") },
	} {
		if _, err := NewFromFactory(factory, Options{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %q", err, name)
		}
	}
}

func TestInitFails(t *testing.T) {
	for reason, want := range map[string]string{"no sockets": "initialise it: no sockets", "panic": "panic: no memory"} {
		closed := 0
		s, err := NewFromFactory(script(nil, func(s *scripted) {
			s.initErr = reason
			s.onClose = func(*scripted) { closed++ }
		}), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.NewInstance(sdk.NewContext(nil)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if wanted := map[string]int{"no sockets": 1}[reason]; closed != wanted {
			t.Errorf("%s: closed %d times", reason, closed)
		}
	}
}

func TestLogger(t *testing.T) {
	var text bytes.Buffer
	log := slog.New(slog.NewTextHandler(&text, nil))
	started := startScript(t, script(func(s *scripted, _ protocol.Event) error {
		s.log.Debugw("not shown")
		s.log.Infow("seen", "file", "a\x1b[31m", "n", 7)
		s.log.Warnw("odd", "key")
		s.log.Errorw("bad", "err", errors.New("x"))
		return nil
	}), Options{Logger: log})
	if err := started.OnEvent(started.context, full()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"level=INFO", "text=seen", "n=7", `a\x1b[31m`, "level=WARN", "extra=key", "level=ERROR", "err=x", "signature=S-1",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "not shown") || strings.Contains(text.String(), "\x1b") {
		t.Errorf("the log is\n%s", text.String())
	}
	// Without a logger nothing is said, and nothing breaks.
	if err := startScript(t, script(func(s *scripted, _ protocol.Event) error {
		s.log.Errorw("bad")
		return nil
	}), Options{}).OnEvent(started.context, full()); err != nil {
		t.Fatal(err)
	}
}
