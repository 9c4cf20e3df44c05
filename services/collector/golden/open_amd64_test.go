package golden

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// openOld calls the syscalls that only this machine has: one makes a file, the
// other opens it.
func openOld(path string) error {
	name, err := unix.BytePtrFromString(path)
	if err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_CREAT, uintptr(unsafe.Pointer(name)), 0o640, 0); errno != 0 {
		return errno
	}
	if _, _, errno := unix.Syscall(unix.SYS_OPEN, uintptr(unsafe.Pointer(name)), unix.O_RDONLY, 0); errno != 0 {
		return errno
	}
	return nil
}
