package image

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// kernelPrefix is what the names of packages with kernels begin with.
var kernelPrefix = regexp.MustCompile(`^linux-(image|binary)-(unsigned-)?`)

// headersOf names the package that modules for a kernel's package are built
// with.
func headersOf(kernel string) string { return kernelPrefix.ReplaceAllString(kernel, "linux-headers-") }

// Headers returns the folder that modules for the kernel are built in: make -C.
// source is where the kernel came from. The error says why there is none, such
// as that the archive has a newer version now.
func (s *Store) Headers(ctx context.Context, source Source, kernel Image) (dir string, err error) {
	name := headersOf(kernel.Package)
	root := filepath.Join(s.dir, strings.ReplaceAll(name+"_"+kernel.Version, "/", "-"))
	dir = filepath.Join(root, "usr/src", name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if source.Ubuntu {
		return "", fmt.Errorf("%s: modules are built for Debian's kernels only", name)
	}
	tmp, err := os.MkdirTemp(s.dir, "apt-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	s.log.Info("fetching", slog.String("package", name))
	a, err := newApt(ctx, tmp, source, debianKeys)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	names, err := a.closure(ctx, name, headersPackage)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	unpacked := filepath.Join(tmp, "root", "all")
	for _, each := range names {
		version, err := a.unpackTo(ctx, each, unpacked)
		if err != nil {
			return "", err
		}
		if each == name && version != kernel.Version {
			return "", fmt.Errorf("%s is of version %s, the kernel of %s", name, version, kernel.Version)
		}
	}
	if err := relocate(unpacked, root); err != nil {
		return "", err
	}
	return dir, os.Rename(unpacked, root)
}

// relocate rewrites the paths in headers that are to be used below another root.
func relocate(root, used string) error {
	files, err := filepath.Glob(filepath.Join(root, "usr/src/linux-headers-*/Makefile"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		moved := strings.ReplaceAll(string(text), "include /usr/src/", "include "+used+"/usr/src/")
		if err := os.WriteFile(file, []byte(moved), 0o644); err != nil {
			return err
		}
	}
	return nil
}
