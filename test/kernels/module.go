package kernels

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/weirsec/weir/test/kernels/image"
)

// Module builds the kernel module whose source is in a folder of the repository
// for a kernel, with this machine's compiler, and returns the file. The error
// says what is missing.
func (l *Lab) Module(ctx context.Context, k Kernel, dir string) (string, error) {
	kernel, err := l.Fetch(ctx, k)
	if err != nil {
		return "", err
	}
	for _, tool := range []string{"make", "gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "", fmt.Errorf("build a kernel module: %w", err)
		}
	}
	headers, err := l.headers(ctx, k, kernel)
	if err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(l.work, "module-")
	if err != nil {
		return "", err
	}
	if err := os.CopyFS(work, os.DirFS(filepath.Join(l.root, dir))); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, "make", "-C", headers, "M="+work, "CC=gcc",
		// Without the tool that makes BTF of it, which few machines have.
		"CONFIG_DEBUG_INFO_BTF_MODULES=", "modules").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build %s for kernel %s: %w\n%s", dir, kernel.Version, err, out)
	}
	found, err := filepath.Glob(filepath.Join(work, "*.ko"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("build %s: %d modules came of it: %w", dir, len(found), err)
	}
	return found[0], nil
}

// headers asks each of the kernel's sources.
func (l *Lab) headers(ctx context.Context, k Kernel, kernel image.Image) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, source := range k.Sources {
		dir, err := l.store.Headers(ctx, source, kernel)
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	return "", fmt.Errorf("headers of kernel %s cannot be had: %w", k.Name, errors.Join(errs...))
}
