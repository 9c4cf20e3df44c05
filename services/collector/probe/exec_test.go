package probe

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// execveat is the syscall, which x/sys has no function for.
func execveat(fd int, path string, args []string, flags int) error {
	p, err := unix.BytePtrFromString(path)
	if err != nil {
		return err
	}
	var argv []*byte
	for _, a := range args {
		b, err := unix.BytePtrFromString(a)
		if err != nil {
			return err
		}
		argv = append(argv, b)
	}
	argv = append(argv, nil)
	_, _, errno := unix.Syscall6(unix.SYS_EXECVEAT, uintptr(fd), uintptr(unsafe.Pointer(p)),
		uintptr(unsafe.Pointer(&argv[0])), 0, uintptr(flags), 0)
	return errno
}
