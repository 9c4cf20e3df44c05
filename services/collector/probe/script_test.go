package probe

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
)

// actScript performs many different syscalls on one thread: those of the
// catalogue with impossible arguments, and some that do their work.
func actScript(dir string) error {
	runtime.LockOSThread()
	for e := range catalogue.All() {
		nr := e.Syscall.AMD64
		if runtime.GOARCH == "arm64" {
			nr = e.Syscall.ARM64
		}
		if !e.IsSyscall() || nr < 0 || isBirth(e.Type) {
			continue
		}
		const none = ^uintptr(0)
		_, _, _ = unix.RawSyscall6(uintptr(nr), none, none, none, none, none, none)
	}
	file := filepath.Join(dir, "script")
	for _, err := range []error{
		os.WriteFile(file, []byte("\x7fELF"), 0o600), os.Rename(file, file+"2"), os.Chmod(file+"2", 0o640),
		os.Symlink(file, file+"3"), os.Link(file+"2", file+"4"), os.Mkdir(file+"5", 0o700), os.RemoveAll(file + "5"),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// isBirth tells the syscalls that would go on as another process.
func isBirth(t catalogue.Type) bool {
	return slices.Contains([]catalogue.Type{catalogue.Fork, catalogue.Vfork, catalogue.Clone, catalogue.Clone3}, t)
}
