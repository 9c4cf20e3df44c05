package probe

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// execveat is the syscall, which x/sys has no function for.
func execveat(fd int, path string, args, env []string, flags int) error {
	p, err := unix.BytePtrFromString(path)
	if err != nil {
		return err
	}
	argv, err := pointers(args)
	if err != nil {
		return err
	}
	envp, err := pointers(env)
	if err != nil {
		return err
	}
	_, _, errno := unix.Syscall6(unix.SYS_EXECVEAT, uintptr(fd), uintptr(unsafe.Pointer(p)),
		uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&envp[0])), uintptr(flags), 0)
	return errno
}

// pointers are texts as an exec takes them.
func pointers(list []string) (array []*byte, err error) {
	for _, a := range list {
		b, err := unix.BytePtrFromString(a)
		if err != nil {
			return nil, err
		}
		array = append(array, b)
	}
	return append(array, nil), nil
}
