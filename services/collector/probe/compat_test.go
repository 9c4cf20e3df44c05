package probe

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/event"
)

// program32 is a 32-bit program: it opens path, calls ptrace(PTRACE_TRACEME)
// and connects through socketcall, all with int 0x80.
func program32(path string) []byte {
	const base, start = 0x08048000, 52 + 32
	le := binary.LittleEndian
	addr := func(code []byte, at int) []byte { return le.AppendUint32(code, uint32(base+at)) }
	const codeLen = 49 + 7 + 10
	pathAt := start + codeLen
	code := addr([]byte{0xb8, 5, 0, 0, 0, 0xbb}, pathAt)            // open(path, 0, 0)
	code = append(code, 0x31, 0xc9, 0x31, 0xd2, 0xcd, 0x80)         //
	code = append(code, 0xb8, 26, 0, 0, 0, 0x31, 0xdb, 0x31, 0xc9)  // ptrace(0, 0, 0, 0)
	code = append(code, 0x31, 0xd2, 0x31, 0xf6, 0xcd, 0x80)         //
	code = append(code, 0xb8, 102, 0, 0, 0, 0xbb, 3, 0, 0, 0, 0xb9) // socketcall(SYS_CONNECT, path)
	code = append(addr(code, pathAt), 0xcd, 0x80)                   //
	code = append(code, 0xb8, 1, 0, 0, 0, 0x31, 0xdb, 0xcd, 0x80)   // exit(0)
	for len(code) < codeLen {
		code = append(code, 0x90)
	}
	image := append([]byte("\x7fELF\x01\x01\x01"), make([]byte, 9)...)
	for _, n := range []uint16{2, 3} { // executable, i386
		image = le.AppendUint16(image, n)
	}
	for _, n := range []uint32{1, base + start, 52, 0, 0} { // version, entry, program header, no sections
		image = le.AppendUint32(image, n)
	}
	for _, n := range []uint16{52, 32, 1, 0, 0, 0} {
		image = le.AppendUint16(image, n)
	}
	total := uint32(start + len(code) + len(path) + 16)
	for _, n := range []uint32{1, 0, base, base, total, total, 5, 0x1000} { // load all of it
		image = le.AppendUint32(image, n)
	}
	image = append(append(image, code...), path...)
	return append(image, make([]byte, 16)...)
}

// 32-bit syscalls have numbers of their own: taken for 64-bit ones, open would
// be fstat, and nobody would see it.
func TestCompat(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the program is for x86")
	}
	path := marked(t)
	program := filepath.Join(t.TempDir(), "program32")
	if err := os.WriteFile(program, program32(path), 0o700); err != nil {
		t.Fatal(err)
	}
	var pid int
	interest := []string{"open", "ptrace", "security_file_open", "connect", "execve"}
	w := watch(t, Config{}, interest, func() {
		cmd := exec.Command(program)
		if err := cmd.Run(); err != nil {
			t.Skipf("no 32-bit programs here: %v", err)
		}
		pid = cmd.Process.Pid
	})
	opened := where(t, w.of("open", pid), "pathname", path)
	if !opened.Compat || opened.Syscall != "open" || opened.ReturnValue < 3 {
		t.Errorf("open %+v", opened)
	}
	if file := where(t, w.of("security_file_open", pid), "pathname", path); !file.Compat {
		t.Errorf("security_file_open %+v", file)
	}
	if traced := w.of("ptrace", pid); len(traced) != 1 || !traced[0].Compat || number(t, traced[0], "request") != 0 {
		t.Errorf("ptrace %+v", traced)
	}
	if calls := w.of("connect", pid); len(calls) != 1 || !calls[0].Compat || calls[0].Syscall != "connect" {
		t.Errorf("connect through socketcall %+v", calls)
	}
	// The exec of a 32-bit program by a 64-bit one is a 64-bit syscall.
	if e := where(t, w.of("execve", pid), "pathname", program); e.Compat || e.Syscall != "execve" {
		t.Errorf("execve %+v", e)
	}
}

// In namespaces of its own a process has two pids and another host name.
func TestNamespaces(t *testing.T) {
	var pid int
	w := watch(t, Config{}, nil, func() {
		cmd := exec.Command("/bin/sh", "-c", "/bin/true; exit 0")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWUTS}
		if err := cmd.Run(); err != nil {
			t.Skipf("no namespaces here: %v", err)
		}
		pid = cmd.Process.Pid
	})
	list := w.of("sched_process_exec", pid)
	if len(list) != 1 {
		t.Fatalf("%d execs", len(list))
	}
	shell := list[0].Context
	if shell.PID != 1 || shell.TID != 1 || shell.PPID == 0 || int(shell.HostPPID) != os.Getpid() {
		t.Errorf("shell %+v", shell)
	}
	var inner *event.Context
	for _, e := range w.of("sched_process_exec", 0) {
		if int(e.Context.HostPPID) == pid {
			inner = e.Context
		}
	}
	if inner == nil || inner.PID != 2 || inner.PPID != 1 || inner.PIDNS != shell.PIDNS || inner.ParentEntityID != shell.ProcessEntityID {
		t.Errorf("true %+v", inner)
	}
	var own unix.Stat_t
	if err := unix.Stat("/proc/self/ns/pid", &own); err != nil || uint64(shell.PIDNS) == own.Ino {
		t.Errorf("pid namespace %d is ours", shell.PIDNS)
	}
	for _, e := range w.of("sched_process_fork", 0) {
		if number(t, e, "child_pid") == int64(pid) && number(t, e, "child_ns_pid") != 1 {
			t.Errorf("fork %+v", e)
		}
	}
}
