package plugin

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
)

// isPlugin returns an error for a file that Go did not build as a plugin. Such a
// file must not even be opened: a library of another kind would run, with a
// runtime of its own if it is in Go.
func isPlugin(path string) (*debug.BuildInfo, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		// The file's name is told anyway.
		if inner := errors.Unwrap(err); inner != nil {
			err = inner
		}
		return nil, fmt.Errorf("it is no Go plugin: %w", err)
	}
	if mode := setting(info, "-buildmode"); mode != "" && mode != "plugin" {
		return nil, fmt.Errorf("it was built with -buildmode=%s: a plugin needs -buildmode=plugin", mode)
	}
	return info, nil
}

// explain says why Go refused a plugin, by what it and this program were built
// from.
func explain(refused error, theirs *debug.BuildInfo) error {
	if errors.Is(refused, errStatic) {
		return refused
	}
	text := refused.Error()
	// Go begins with the name of the file, which the problem has anyway.
	if _, after, ok := strings.Cut(text, `"): `); ok {
		text = after
	}
	if strings.Contains(text, "already loaded") {
		return fmt.Errorf("%s, from another file: each plugin needs a main package with a path of its own", text)
	}
	ours, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New(text)
	}
	return fmt.Errorf("%s: %s", text, reasons(differences(ours, theirs)))
}

// devel is the version of a module that is built in its own tree.
const devel = "(devel)"

// maxReasons is how many differences are named.
const maxReasons = 5

func reasons(found []string) string {
	if len(found) == 0 {
		return "build the plugin and this program again, from the same sources with the same flags"
	}
	more := ""
	if len(found) > maxReasons {
		more = fmt.Sprintf(" and %d more", len(found)-maxReasons)
		found = found[:maxReasons]
	}
	return "it was built with " + strings.Join(found, ", ") + more + ": build both alike"
}

// differences lists what of two builds must be the same and is not.
func differences(ours, theirs *debug.BuildInfo) []string {
	var found []string
	differ := func(what, here, there string) {
		if here != there {
			found = append(found, fmt.Sprintf("%s %s instead of %s", what, orNone(there), orNone(here)))
		}
	}
	differ("Go", ours.GoVersion, theirs.GoVersion)
	for _, key := range []string{
		"-compiler", "GOOS", "GOARCH", "GOAMD64", "GOARM64", "GOEXPERIMENT", "GOFIPS140",
		"-trimpath", "-race", "-msan", "-asan", "-tags", "-gcflags", "-asmflags",
	} {
		differ(key, setting(ours, key), setting(theirs, key))
	}
	here := modules(ours)
	for _, m := range modules(theirs) {
		same := slices.IndexFunc(here, func(h *debug.Module) bool { return h.Path == m.Path })
		// That version says nothing.
		if same >= 0 && m.Version != devel && here[same].Version != devel {
			differ(m.Path, version(here[same]), version(m))
		}
	}
	return found
}

// modules are the main one and those it is built from.
func modules(info *debug.BuildInfo) []*debug.Module {
	list := slices.Clone(info.Deps)
	if info.Main.Path != "" {
		list = append(list, &info.Main)
	}
	return list
}

func version(m *debug.Module) string {
	switch {
	case m.Replace == nil:
		return m.Version
	case m.Replace.Version == "" || m.Replace.Version == devel:
		return m.Version + " replaced by " + m.Replace.Path
	default:
		return m.Version + " replaced by " + m.Replace.Path + " " + m.Replace.Version
	}
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
