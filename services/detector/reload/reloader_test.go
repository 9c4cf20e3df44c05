package reload

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/detector/bundle"
	"github.com/weirsec/weir/services/detector/load"
)

func TestNewWithoutParts(t *testing.T) {
	loader := load.NewLoader(load.Request{})
	for want, cfg := range map[string]Config{
		"nothing to load with": {},
		"bundles need a store": {Load: loader.Load, Bundles: &Bundles{}},
	} {
		if _, err := New(cfg, stage.Settings{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// What cannot be met at the start is an error, and what is wrong is shown.
func TestStart(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.rego", signature("A", "openat"))
	put(t, dir, "b.rego", broken)
	b := newBench(t, load.Request{Dirs: []string{dir}, Only: []string{"Z"}}, nil, bundle.Trust{})
	if _, err := b.Start(t.Context()); err == nil || !strings.Contains(err.Error(), `"Z"`) {
		t.Errorf("error %v", err)
	}
	if s := b.Status(); s.Set != "" || s.Count != 0 {
		t.Errorf("status %+v", s)
	}
	b = newBench(t, load.Request{Dirs: []string{dir}}, nil, bundle.Trust{})
	set := b.start()
	if text := b.messages.take(); !strings.Contains(text, "b.rego:3:21: unexpected } token\n    tracee_match { x == }\n") ||
		!strings.Contains(text, "1 not loaded (see above), 1 signature loaded\n") {
		t.Errorf("messages %q", text)
	}
	eventually(t, func() string {
		if got := b.troubleOf("signatures"); got != "1 not loaded, see the messages" {
			return "health is " + got
		}
		return ""
	})
	if s := b.Status(); s.Set != set.Version() || s.Count != 1 || s.NotLoaded != 1 || s.Signatures[0].ID != "A" || s.Version != "v1" {
		t.Errorf("status %+v", s)
	}
}

// One change after the other, each with all that it is told by.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.rego", signature("A", "openat"))
	put(t, dir, "b.rego", signature("B", "execve"))
	b := newBench(t, load.Request{Dirs: []string{dir}}, nil, bundle.Trust{})
	first := b.start()
	<-b.news
	steps := []struct {
		name string
		do   func()
		ids  []string
		// swaps counts from the start, interest is that of the last change.
		swaps    int
		interest []string
		// log and messages are parts of what is written, trouble what health
		// says.
		log, messages []string
		trouble       string
	}{
		{
			"nothing", func() {},
			[]string{"A", "B"},
			1, nil,
			[]string{"level=INFO", "the same ones are in force", "cause=test", "set=" + first.Version()},
			nil, "",
		},
		{
			"one more, one other", func() {
				put(t, dir, "c.rego", signature("C", "ptrace"))
				put(t, dir, "b.rego", signature("B", "connect"))
			},
			[]string{"A", "B", "C"},
			2,
			[]string{"connect", "net_packet_dns_response", "openat", "ptrace"},
			[]string{"level=INFO", "signatures reloaded", `added="1 (C)"`, "removed=0", `changed="1 (B)"`, "kept=1", "took="},
			nil, "",
		},
		{
			"broken", func() { put(t, dir, "c.rego", broken) },
			[]string{"A", "B", "C"},
			2,
			[]string{"connect", "net_packet_dns_response", "openat", "ptrace"},
			[]string{"level=WARN", "the same ones are in force", "problems=1"},
			[]string{"c.rego:3:21: unexpected } token\n    tracee_match { x == }\n", "^", "c.rego: warning: it stays in force"},
			"1 not loaded, see the messages",
		},
		{
			"broken still", func() { put(t, dir, "a.rego", signature("A", "open")) },
			[]string{"A", "B", "C"},
			3,
			[]string{"connect", "net_packet_dns_response", "open", "ptrace"},
			[]string{"level=WARN", `changed="1 (A)"`, "problems=1"},
			nil, "1 not loaded, see the messages",
		},
		{
			"removed", func() { _ = os.Remove(dir + "/c.rego") },
			[]string{"A", "B"},
			4,
			[]string{"connect", "net_packet_dns_response", "open"},
			[]string{"level=INFO", `removed="1 (C)"`, "kept=2"},
			nil, "",
		},
		{
			"no directory", func() { _ = os.Rename(dir, dir+"-") },
			[]string{"A", "B"},
			4,
			[]string{"connect", "net_packet_dns_response", "open"},
			[]string{"level=ERROR", "the last good set stays in force", "no such file"},
			nil,
			"not reloaded, the last good set is in force: signature directory: stat " + dir + ": no such file or directory",
		},
		{
			"back again", func() { _ = os.Rename(dir+"-", dir) },
			[]string{"A", "B"},
			4,
			[]string{"connect", "net_packet_dns_response", "open"},
			[]string{"level=INFO", "the same ones"},
			nil, "",
		},
	}
	reloads := 0
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			b.messages.take()
			b.log.take()
			step.do()
			b.Trigger("test")
			reloads++
			eventually(t, func() string {
				sum := int64(0)
				for n := range maps.Values(b.counted("weir.detector.reloads")) {
					sum += n
				}
				if sum != int64(reloads) || len(b.news) == 0 {
					return fmt.Sprintf("%d reloads, want %d", sum, reloads)
				}
				return ""
			})
			<-b.news
			if !slices.Equal(b.ids(), step.ids) || b.swaps != step.swaps {
				t.Errorf("in force are %q after %d swaps, want %q after %d", b.ids(), b.swaps, step.ids, step.swaps)
			}
			eventually(t, func() string {
				b.mu.Lock()
				defer b.mu.Unlock()
				if !b.interest.Equal(interest.Of(step.interest...)) {
					return fmt.Sprintf("interest %v, want %q", b.interest, step.interest)
				}
				return ""
			})
			contains(t, "log", b.log.take(), step.log)
			contains(t, "messages", b.messages.take(), step.messages)
			if got := b.troubleOf("signatures"); got != step.trouble {
				t.Errorf("health %q, want %q", got, step.trouble)
			}
		})
	}
	if got, want := b.counted("weir.detector.reloads"), map[string]int64{
		"changed": 3, "unchanged": 3, "failed": 1,
	}; !maps.Equal(got, want) {
		t.Errorf("reloads %v, want %v", got, want)
	}
	if got := b.counted("weir.detector.set"); !maps.Equal(got, map[string]int64{b.set.Version(): 1}) {
		t.Errorf("set %v, want %s", got, b.set.Version())
	}
	if got := b.counted("weir.detector.signatures"); got[""] != 2 {
		t.Errorf("signatures %v", got)
	}
}

// contains wants a text to have all parts, and to be empty where there is none.
func contains(t *testing.T, what, text string, parts []string) {
	t.Helper()
	if len(parts) == 0 && text != "" {
		t.Errorf("%s: %q, want nothing", what, text)
	}
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: %q lacks %q", what, text, part)
		}
	}
}

// The interest is told until the broker has it.
func TestInterestIsToldAgain(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.rego", signature("A", "openat"))
	b := newBench(t, load.Request{Dirs: []string{dir}}, nil, bundle.Trust{})
	b.start()
	b.mu.Lock()
	b.refuse = 1
	b.mu.Unlock()
	put(t, dir, "a.rego", signature("A", "execve"))
	b.Trigger("test")
	eventually(t, func() string {
		b.mu.Lock()
		defer b.mu.Unlock()
		if !b.interest.Equal(interest.Of("execve")) {
			return fmt.Sprintf("interest %v", b.interest)
		}
		return ""
	})
	if text := b.log.take(); !strings.Contains(text, "collectors do not know yet") {
		t.Errorf("log %q", text)
	}
}

func TestBrief(t *testing.T) {
	for want, ids := range map[string][]string{
		"0":                    nil,
		"2 (a, b)":             {"a", "b"},
		"6 (1, 2, 3, 4, 5, …)": {"1", "2", "3", "4", "5", "6"},
		`1 (x\x1b[31m)`:        {"x\x1b[31m"},
	} {
		if got := brief(ids); got != want {
			t.Errorf("%q is %q, want %q", ids, got, want)
		}
	}
}
