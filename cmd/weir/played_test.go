package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/schemas/frames"
)

const traceeLine = `{"timestamp":5,"hostName":"ha","eventName":"openat","args":[]}` + "\n"

// drain reads all of an input.
func (p *played) drain() (last error) {
	for last == nil {
		_, last = p.Next()
	}
	return last
}

func TestPlayedFormats(t *testing.T) {
	for _, c := range []struct{ name, text, format, node, want string }{
		{"raw", frames.Raw, formatAuto, "", ""},
		{"events", frames.Events, formatAuto, "", ""},
		{"Tracee", traceeLine, formatAuto, "", ""},
		{"nothing", "", formatAuto, "", ""},
		{"Tracee's node", traceeLine, formatAuto, "n", ""},
		{"a recording's node", frames.Raw, formatAuto, "n", "--node is for Tracee's events"},
		{"not what it is said to be", traceeLine, formatRaw, "", `begins with "{\"timest"`},
		{"compressed", "\x1f\x8b\x08\x00\x00\x00\x00\x00", formatAuto, "", "compressed with gzip"},
		{"gob", "\x08\x7f\x03\x01\x01\x05\x45\x76", formatAuto, "", "weir analyze --input FILE --pack none --record NEW"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := openPlayed(t.Context(), "-", c.format, c.node, strings.NewReader(c.text), io.Discard)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want %q", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := p.drain(); !errors.Is(err, io.EOF) {
				t.Error(err)
			}
		})
	}
	if _, err := openPlayed(t.Context(), "/no/such/file", formatAuto, "", nil, io.Discard); err == nil {
		t.Error("a file that is not there is opened")
	}
}

// A file's boot id is made of all of it, and all of it is read, wherever its
// reader stands.
func TestPlayedFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "events.json")
	boots := map[string]bool{}
	for _, text := range []string{traceeLine, traceeLine + traceeLine, strings.Repeat(traceeLine, 5000)} {
		if err := os.WriteFile(name, []byte("skipped"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if _, err := file.Seek(int64(len("skipped")), io.SeekStart); err != nil {
			t.Fatal(err)
		}
		p, err := openPlayed(t.Context(), "-", formatAuto, "", file, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		first, err := p.Next()
		if err != nil {
			t.Fatal(err)
		}
		boots[first.Envelope.BootId] = true
		if err := p.drain(); !errors.Is(err, io.EOF) || p.events.Load() != int64(strings.Count(text, "\n")) {
			t.Errorf("%d events, %v", p.events.Load(), err)
		}
	}
	if len(boots) != 3 {
		t.Errorf("boots %v", boots)
	}
}

func TestPlayedCounts(t *testing.T) {
	var told strings.Builder
	input := strings.Repeat("garbage\n", maxInvalid+5) + traceeLine
	p, err := openPlayed(t.Context(), "-", formatTracee, "", strings.NewReader(input), &told)
	if err != nil {
		t.Fatal(err)
	}
	_ = p.drain()
	if p.events.Load() != 1 || p.invalid != maxInvalid+5 || p.lost.Load() != int64(p.invalid) {
		t.Errorf("%d events, %d invalid, %d lost", p.events.Load(), p.invalid, p.lost.Load())
	}
	if n := strings.Count(told.String(), "not JSON"); n != maxInvalid || !strings.HasSuffix(told.String(), "only counted\n") {
		t.Errorf("told %d of %d:\n%s", n, p.invalid, told.String())
	}
}

func TestBehind(t *testing.T) {
	for _, c := range []struct {
		consumers []bus.ConsumerUsage
		want      uint64
	}{
		{nil, 100},
		{[]bus.ConsumerUsage{{Name: "theirs", Pending: 7}}, 100},
		{[]bus.ConsumerUsage{{Name: "enricher-0", Pending: 3, AckPending: 1}, {Name: "enricher-1", Pending: 5}, {Name: "theirs", Pending: 90}}, 9},
		{[]bus.ConsumerUsage{{Name: consoleConsumer}}, 0},
	} {
		if got := behind(bus.Usage{Messages: 100, Consumers: c.consumers}); got != c.want {
			t.Errorf("%v: %d, want %d", c.consumers, got, c.want)
		}
	}
}
