package plugin

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/services/detector/plugin"
)

// needHost skips a test that loads plugins into the test itself where that was
// built without cgo. It returns the flags that plugins for it need.
func needHost(t *testing.T) []string {
	t.Helper()
	needCgo(t)
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("the test does not know how it was built")
	}
	var flags []string
	for _, s := range info.Settings {
		switch {
		case s.Key == "CGO_ENABLED" && s.Value != "1":
			t.Skip("the test was built without cgo")
		case slices.Contains([]string{"-race", "-trimpath"}, s.Key):
			flags = append(flags, s.Key+"="+s.Value)
		}
	}
	return flags
}

// Loading again finds what is loaded, whatever has become of the file: Go
// neither replaces code nor gets over a plugin that panicked half way.
func TestLoadAgain(t *testing.T) {
	flags := needHost(t)
	dir := t.TempDir()
	build(t, filepath.Join(dir, "native.so"), "./testdata/native", flags...)
	build(t, filepath.Join(dir, "panics.so"), "./testdata/panics", flags...)
	loader := plugin.NewLoader()
	load := func() (digest string, messages []string) {
		t.Helper()
		done := make(chan plugin.Loaded, 1)
		go func() { done <- loader.Load(t.Context(), dir, nil, nil) }()
		select {
		case loaded := <-done:
			for _, p := range loaded.Problems {
				messages = append(messages, p.String())
			}
			if len(loaded.Programs) != 1 || len(loaded.Sources) != 1 {
				t.Fatalf("%d programs, %d sources, %q", len(loaded.Programs), len(loaded.Sources), messages)
			}
			return loaded.Programs[0].Digest(), messages
		case <-time.After(time.Minute):
			t.Fatal("loading hangs")
		}
		return "", nil
	}
	first, messages := load()
	wantMessages(t, messages, "panics.so: the plugin panics when it is loaded: no licence")
	again, messages := load()
	wantMessages(t, messages, "panics.so: the plugin panics when it is loaded: no licence")
	if again != first {
		t.Errorf("the digest was %s and is %s", first, again)
	}
	// Another file takes its place, as a build does it.
	build(t, filepath.Join(dir, "new"), "./testdata/nothing", flags...)
	if err := os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "native.so")); err != nil {
		t.Fatal(err)
	}
	changed, messages := load()
	wantMessages(t, messages, "native.so: warning: the file has changed, but Go cannot replace code", "panics.so: ")
	if changed != first {
		t.Error("the digest is that of code which does not run")
	}
}

func wantMessages(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("messages %q, want %q", got, want)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("message %q, want %q", got[i], want[i])
		}
	}
}
