package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// apt runs the machine's apt with lists, cache and state below a folder of its
// own, for one suite and architecture.
type apt struct{ dir string }

// newApt reads the suite's list of packages, signed by keys.
func newApt(ctx context.Context, dir string, s Source, keys string) (*apt, error) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return nil, errors.New("apt-get is not installed: kernels come from Debian's packages")
	}
	if _, err := os.Stat(keys); err != nil {
		return nil, fmt.Errorf("keys of the archive (package debian-archive-keyring): %w", err)
	}
	a := &apt{dir}
	for _, sub := range []string{"lists/partial", "cache/archives/partial", "root"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	for name, text := range map[string]string{
		"status":       "",
		"sources.list": fmt.Sprintf("deb [signed-by=%s] %s %s main\n", keys, s.archive(), s.Suite),
		"apt.conf":     a.config(s.Arch),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	_, err := a.run(ctx, "apt-get", "update")
	return a, err
}

// config overrides what the machine's own configuration says; a proxy set there
// still holds.
func (a *apt) config(arch string) string {
	var b strings.Builder
	for name, value := range map[string]string{
		"Dir::State":              a.dir,
		"Dir::State::lists":       "lists/",
		"Dir::State::status":      filepath.Join(a.dir, "status"),
		"Dir::Cache":              filepath.Join(a.dir, "cache"),
		"Dir::Etc::sourcelist":    filepath.Join(a.dir, "sources.list"),
		"Dir::Etc::sourceparts":   "/dev/null",
		"APT::Architecture":       arch,
		"APT::Architectures":      arch,
		"APT::Sandbox::User":      "root",
		"APT::Update::Error-Mode": "any",
		"Acquire::Languages":      "none",
		"Acquire::Retries":        "2",
		"Acquire::http::Timeout":  "20",
		// A suite that is no longer updated says so by an old date.
		"Acquire::Check-Valid-Until":                         "false",
		"Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
	} {
		fmt.Fprintf(&b, "%s %q;\n", name, value)
	}
	return b.String()
}

func (a *apt) run(ctx context.Context, name string, args ...string) (string, error) {
	args = append([]string{"-c", filepath.Join(a.dir, "apt.conf")}, args...)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = a.dir, append(os.Environ(), "LC_ALL=C")
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, args[2], err, reason(problems.String()))
	}
	return out.String(), nil
}

// reason is the first thing that apt complains about.
func reason(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "E: ") {
			return strings.TrimPrefix(line, "E: ")
		}
	}
	return strings.TrimSpace(text)
}

// unpack downloads a package and returns its version and the folder that it is
// unpacked to.
func (a *apt) unpack(ctx context.Context, name string) (version, root string, err error) {
	root = filepath.Join(a.dir, "root", name)
	version, err = a.unpackTo(ctx, name, root)
	return version, root, err
}

// unpackTo downloads a package, unpacks it to the folder and returns its version.
func (a *apt) unpackTo(ctx context.Context, name, root string) (version string, err error) {
	if _, err := a.run(ctx, "apt-get", "download", name); err != nil {
		return "", err
	}
	files, err := filepath.Glob(filepath.Join(a.dir, "*.deb"))
	if err != nil || len(files) != 1 {
		return "", fmt.Errorf("apt-get download %s left %d packages: %w", name, len(files), err)
	}
	defer func() { err = errors.Join(err, os.Remove(files[0])) }()
	if out, err := exec.CommandContext(ctx, "dpkg-deb", "-x", files[0], root).CombinedOutput(); err != nil {
		return "", fmt.Errorf("unpack %s: %w: %s", name, err, out)
	}
	out, err := exec.CommandContext(ctx, "dpkg-deb", "-f", files[0], "Version").Output()
	if err != nil {
		return "", fmt.Errorf("version of %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}

var (
	// kernelPackage matches the packages in which a kernel may be.
	kernelPackage = regexp.MustCompile(`^linux-(image|binary)-[0-9]`)
	// headersPackage matches those that modules are built with.
	headersPackage = regexp.MustCompile(`^linux-(headers|kbuild)-[0-9]`)
)

// closure returns a package and those that it and they depend on, as far as
// they match, each before what it depends on.
func (a *apt) closure(ctx context.Context, name string, match *regexp.Regexp) ([]string, error) {
	names := []string{name}
	for i := 0; i < len(names); i++ {
		out, err := a.run(ctx, "apt-cache", "depends", "--important", names[i])
		if err != nil {
			return nil, err
		}
		for _, name := range dependencies(out, match) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// dependencies reads the answer of apt-cache depends. Of alternatives, which
// are marked, the first is taken.
func dependencies(text string, match *regexp.Regexp) []string {
	var names []string
	for line := range strings.Lines(text) {
		_, name, found := strings.Cut(strings.TrimSpace(line), "Depends: ")
		if found && match.MatchString(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// find looks for the file in the packages that the source's package depends on,
// the deepest first, and then in itself: one that only depends on others need
// not be there.
func (a *apt) find(ctx context.Context, s Source) (Image, error) {
	names, err := a.closure(ctx, s.Package, kernelPackage)
	if err != nil {
		return Image{}, err
	}
	slices.Reverse(names)
	for _, name := range names {
		version, root, err := a.unpack(ctx, name)
		if err != nil {
			return Image{}, err
		}
		for _, pattern := range s.Files {
			found, err := filepath.Glob(filepath.Join(root, pattern))
			if err != nil {
				return Image{}, fmt.Errorf("pattern %q: %w", pattern, err)
			}
			if len(found) > 0 {
				return Image{Path: found[0], Package: name, Version: version}, nil
			}
		}
	}
	return Image{}, fmt.Errorf("no %s in %s", strings.Join(s.Files, " or "), strings.Join(names, ", "))
}
