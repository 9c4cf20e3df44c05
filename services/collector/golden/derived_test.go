package golden

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

func actRename() error {
	if err := os.WriteFile(home+"/old", nil, 0o600); err != nil {
		return err
	}
	if err := unix.Chdir(home); err != nil {
		return err
	}
	return errors.Join(unix.Rename("old", home+"/new"), unix.Unlink(home+"/new"))
}

// actMount mounts where nobody else sees it.
func actMount() error {
	at := home + "/mount"
	if err := errors.Join(os.RemoveAll(at), os.Mkdir(at, 0o700), unix.Unshare(unix.CLONE_NEWNS)); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	return errors.Join(unix.Mount("golden", at, "tmpfs", unix.MS_NOSUID|unix.MS_NOEXEC, ""), unix.Unmount(at, 0))
}

// actLoad has the kernel read a file that is no module.
func actLoad() error {
	file := home + "/module"
	if err := os.WriteFile(file, []byte("no module"), 0o600); err != nil {
		return err
	}
	fd, err := unix.Open(file, unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	if err := unix.FinitModule(fd, "", 0); err == nil {
		return fmt.Errorf("%s is a module", file)
	}
	return unix.Close(fd)
}

func actProtect() error {
	memory, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return err
	}
	return unix.Mprotect(memory, unix.PROT_READ|unix.PROT_EXEC)
}

func actWrite() error {
	fd, err := unix.Open(home+"/written", unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = unix.Write(fd, []byte("\x7fELF and more than the first bytes"))
	return errors.Join(err, unix.Close(fd))
}

func actDup() error {
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	at := &unix.SockaddrInet4{Port: 47114, Addr: [4]byte{127, 0, 0, 1}}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err := errors.Join(err, unix.SetsockoptInt(listener, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1),
		unix.Bind(listener, at), unix.Listen(listener, 1), unix.Connect(fd, at)); err != nil {
		return err
	}
	_, err = unix.Dup(fd)
	return errors.Join(err, unix.Close(fd), unix.Close(listener))
}

// actRing opens a file through an io_uring.
func actRing() error {
	const (
		opOpenat, offSQEs, getEvents = 18, 0x10000000, 1
		// Places in struct io_uring_params.
		sqTail, sqMask, sqArray = 44, 48, 64
	)
	var params [120]byte
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&params)), 0)
	if errno != 0 {
		return fmt.Errorf("io_uring_setup: %w", errno)
	}
	ring, err := unix.Mmap(int(fd), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	entries, err := unix.Mmap(int(fd), offSQEs, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	path, err := unix.BytePtrFromString("/etc/passwd")
	if err != nil {
		return err
	}
	word := func(place int) *uint32 {
		return (*uint32)(unsafe.Pointer(&ring[*(*uint32)(unsafe.Pointer(&params[place]))]))
	}
	entries[0] = opOpenat
	*(*int32)(unsafe.Pointer(&entries[4])) = unix.AT_FDCWD
	*(*uintptr)(unsafe.Pointer(&entries[16])) = uintptr(unsafe.Pointer(path))
	*(*uint64)(unsafe.Pointer(&entries[32])) = 0x90
	tail := word(sqTail)
	*(*uint32)(unsafe.Add(unsafe.Pointer(word(sqArray)), 4*(*tail&*word(sqMask)))) = 0
	atomic.AddUint32(tail, 1)
	if _, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER, fd, 1, 1, getEvents, 0, 0); errno != 0 {
		return fmt.Errorf("io_uring_enter: %w", errno)
	}
	return nil
}

// actForks runs a program of machine code: in Go, a child of vfork would destroy
// its parent's stack.
func actForks() error {
	code := []byte{
		0xb8, 57, 0, 0, 0, 0x0f, 0x05, // mov eax, fork; syscall
		0xb8, 58, 0, 0, 0, 0x0f, 0x05, // mov eax, vfork; syscall
		0x31, 0xff, 0xb8, 231, 0, 0, 0, 0x0f, 0x05, // xor edi, edi; mov eax, exit_group; syscall
	}
	const base, headers = 0x400000, 64 + 56
	size := uint64(headers + len(code))
	program := []byte("\x7fELF\x02\x01\x01")
	program = append(program, make([]byte, 9)...)
	for _, field := range []any{
		uint16(2), uint16(62), uint32(1), uint64(base + headers), uint64(64), uint64(0),
		uint32(0), uint16(64), uint16(56), uint16(1), uint16(64), uint16(0), uint16(0),
		uint32(1), uint32(5), uint64(0), uint64(base), uint64(base), size, size, uint64(4096),
	} {
		program = appendField(program, field)
	}
	file := home + "/" + acting
	if err := os.WriteFile(file, append(program, code...), 0o700); err != nil { //nolint:gosec // it is a program
		return err
	}
	return unix.Exec(file, []string{acting}, nil)
}
