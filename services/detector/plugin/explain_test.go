package plugin

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// built returns build information: settings as key and value, dependencies as
// path and version.
func built(goVersion string, settings, deps map[string]string) *debug.BuildInfo {
	info := &debug.BuildInfo{GoVersion: goVersion, Main: debug.Module{Path: "example.org/main", Version: "(devel)"}}
	for key, value := range settings {
		info.Settings = append(info.Settings, debug.BuildSetting{Key: key, Value: value})
	}
	for path, version := range deps {
		info.Deps = append(info.Deps, &debug.Module{Path: path, Version: version})
	}
	return info
}

func TestDifferences(t *testing.T) {
	ours := built("go1.26.8", map[string]string{"-trimpath": "true", "GOAMD64": "v1", "CGO_CFLAGS": ""},
		map[string]string{"example.org/a": "v1.0.0", "example.org/b": "v1.0.0"})
	replaced := built("go1.26.8", map[string]string{"-trimpath": "true", "GOAMD64": "v1"}, nil)
	replaced.Deps = []*debug.Module{{Path: "example.org/a", Version: "v1.0.0", Replace: &debug.Module{Path: "../a"}}}
	forked := built("go1.26.8", map[string]string{"-trimpath": "true", "GOAMD64": "v1"}, nil)
	forked.Deps = []*debug.Module{{Path: "example.org/a", Version: "v1.0.0", Replace: &debug.Module{Path: "example.org/f", Version: "v2.0.0"}}}
	for _, c := range []struct {
		name   string
		theirs *debug.BuildInfo
		want   []string
	}{
		{"a fork", forked, []string{"example.org/a v1.0.0 replaced by example.org/f v2.0.0 instead of v1.0.0"}},
		{"none", built("go1.26.8", map[string]string{"-trimpath": "true", "GOAMD64": "v1"}, map[string]string{"example.org/c": "v9"}), nil},
		{"its own tree", built("go1.26.8", map[string]string{"-trimpath": "true", "GOAMD64": "v1"},
			map[string]string{"example.org/a": "(devel)", "example.org/main": "v0.1.0"}), nil},
		{"the compiler", built("go1.26.7", map[string]string{"-trimpath": "true", "GOAMD64": "v1"}, nil), []string{"Go go1.26.7 instead of go1.26.8"}},
		{"flags", built("go1.26.8", map[string]string{"-race": "true", "GOAMD64": "v3"}, nil), []string{
			"GOAMD64 v3 instead of v1", "-trimpath none instead of true", "-race true instead of none",
		}},
		{"a dependency", built("go1.26.8", map[string]string{"-trimpath": "true", "GOAMD64": "v1"},
			map[string]string{"example.org/a": "v1.0.1", "example.org/b": "v1.0.0"}), []string{"example.org/a v1.0.1 instead of v1.0.0"}},
		{"a replacement", replaced, []string{"example.org/a v1.0.0 replaced by ../a instead of v1.0.0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := differences(ours, c.theirs); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	ours, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("a test knows how it was built")
	}
	other := *ours
	other.GoVersion = "go1.0"
	many := built("go1.0", map[string]string{
		"-race": "x", "-msan": "x", "-asan": "x", "-tags": "x", "-gcflags": "x", "-asmflags": "x", "GOFIPS140": "x",
	}, nil)
	for _, c := range []struct {
		name    string
		refused string
		theirs  *debug.BuildInfo
		want    string
	}{
		{"another compiler", `plugin.Open("a"): plugin was built with a different version of package runtime`, &other, "runtime: it was built with Go go1.0 instead of go1."},
		{"no difference", `plugin.Open("a"): different`, ours, "different: build the plugin and this program again"},
		{"many", "different", many, " more: build both alike"},
		{"twice", `plugin.Open("a"): plugin already loaded`, ours, "plugin already loaded, from another file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := explain(errors.New(c.refused), c.theirs).Error()
			if !strings.Contains(got, c.want) || strings.Contains(got, "plugin.Open") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := explain(errStatic, ours); !errors.Is(got, errStatic) {
		t.Errorf("without cgo: %v", got)
	}
}

func TestIsPlugin(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "text.so")
	if err := os.WriteFile(text, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		program:           "it was built with -buildmode=exe",
		text:              "it is no Go plugin",
		"/nowhere/at/all": "it is no Go plugin",
	} {
		if _, err := isPlugin(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}
