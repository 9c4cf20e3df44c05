package probe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/event"
)

// newText is a text for a syscall, which the garbage collector may not move as
// it is never freed.
func newText(s string) unsafe.Pointer {
	p, err := unix.BytePtrFromString(s)
	if err != nil {
		panic(err)
	}
	return unsafe.Pointer(p)
}

// Entries of the auxiliary vector.
const (
	auxBase  = 7
	auxExecF = 31
)

func auxiliary() (map[uint64]uint64, error) {
	raw, err := os.ReadFile("/proc/self/auxv")
	if err != nil {
		return nil, err
	}
	values := map[uint64]uint64{}
	for ; len(raw) >= 16; raw = raw[16:] {
		values[binary.LittleEndian.Uint64(raw)] = binary.LittleEndian.Uint64(raw[8:])
	}
	return values, nil
}

// memoryText is a text at an address of this process.
func memoryText(addr uint64) (string, error) {
	f, err := os.Open("/proc/self/mem")
	if err != nil {
		return "", err
	}
	defer f.Close()
	buf := make([]byte, 512)
	n, err := f.ReadAt(buf, int64(addr))
	if n == 0 {
		return "", err
	}
	text, _, _ := bytes.Cut(buf[:n], []byte{0})
	return string(text), nil
}

// mapped is the file that is mapped at an address, null for none.
func mapped(addr uint64) (event.Value, error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil || addr == 0 {
		return event.Value{}, err
	}
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err == nil && addr >= from && addr < to {
			return event.String(strings.Fields(line)[5]), nil
		}
	}
	return event.Value{}, errors.New("nothing is mapped there")
}

func texts(path string) (event.Value, error) {
	raw, err := os.ReadFile(path)
	if len(raw) == 0 {
		return event.Strings(nil), err
	}
	return event.Strings(strings.Split(strings.TrimSuffix(string(raw), "\x00"), "\x00")), err
}

// witness is the program that an execution begins: it reports how it was begun.
func witness() error {
	p, err := newPerformer("exec "+os.Getenv("WEIR_TEST_CASE"), ".")
	if err != nil {
		return err
	}
	main := fmt.Sprintf("/proc/self/task/%d/", os.Getpid())
	f, err := ownFacts(main, p.groups)
	p.check(err)
	aux, err := auxiliary()
	p.check(err)
	file, err := memoryText(aux[auxExecF])
	p.check(err)
	argv, err := texts("/proc/self/cmdline")
	p.check(err)
	env, err := texts("/proc/self/environ")
	p.check(err)
	e := &expected{Where: p.where, Event: "sched_process_exec", Syscall: "execve", Args: map[string]string{}, Facts: f}
	if strings.HasPrefix(file, "/dev/fd/") {
		e.Syscall = "execveat"
	}
	p.list = append(p.list, e)
	p.program(e.path("cmdpath", file), true)
	loader, err := mapped(aux[auxBase])
	p.check(err)
	if kernelBefore(5, 17) {
		loader = event.Value{} // No helper finds memory by its address there.
	}
	interp := file
	if s := os.Getenv("WEIR_TEST_INTERP"); s != "" {
		interp = s
	}
	cwd, err := os.Getwd()
	p.check(err)
	p.input(e.with("interpreter_pathname", loader).path("interp", interp).with("argv", argv).with("env", env).
		number("invoked_from_kernel", 0).path("prev_comm", before).path("cwd", cwd).
		with("upper_layer", event.Bool(os.Getenv("WEIR_TEST_UPPER") == "true")))
	check := p.derived("security_bprm_check", e).with("argv", argv).with("envp", env)
	p.program(check, false)
	call := p.derived(e.Syscall, e).path("pathname", file).with("argv", argv).with("envp", env).seenAt("tp")
	if e.Syscall == "execveat" {
		call.number("dirfd", parseFD(file)).number("flags", unix.AT_EMPTY_PATH)
	}
	return p.report()
}

func parseFD(path string) (fd int32) {
	_, _ = fmt.Sscanf(path, "/dev/fd/%d", &fd)
	return fd
}

// program tells of the file that is executed; all of it for an exec.
func (p *performer) program(e *expected, all bool) {
	var st unix.Stat_t
	p.check(unix.Stat("/proc/self/exe", &st))
	link, err := os.Readlink("/proc/self/exe")
	p.check(err)
	path := strings.TrimSuffix(link, " (deleted)")
	memory := strings.HasPrefix(path, "/memfd:")
	if memory {
		path = path[1:]
	}
	e.path("pathname", path).with("dev", kernelDev(st.Dev)).with("inode", event.Uint(st.Ino))
	if all {
		e.with("ctime", event.Uint(uint64(st.Ctim.Nano()))).with("inode_mode", event.Uint(uint64(st.Mode))).
			with("memfd", event.Bool(memory)).with("deleted", event.Bool(st.Nlink == 0))
	}
}

// input tells of the standard input.
func (p *performer) input(e *expected) {
	var st unix.Stat_t
	p.check(unix.Fstat(0, &st))
	link, err := os.Readlink("/proc/self/fd/0")
	p.check(err)
	if st.Mode&unix.S_IFMT == unix.S_IFSOCK {
		// A socket's name in the kernel is its protocol's.
		link = "UDP"
	}
	e.with("stdin_type", event.Uint(uint64(st.Mode&unix.S_IFMT))).path("stdin_path", link)
}
