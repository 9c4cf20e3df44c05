package probe

import (
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// execution is one way to begin a program. The program is this binary again,
// which tells what it finds itself to be.
type execution struct {
	name string
	// upper says that the file was written into an overlay; overlay that it is in
	// one.
	upper, overlay bool
	// do begins the program at path, in a directory of the case's own.
	do func(path string, argv, env []string) error
}

// before is the name of the thread that begins a program.
const before = "weir-before"

func executionTable() []execution {
	return []execution{
		{name: "absolute", do: unix.Exec},
		{name: "relative", do: func(path string, argv, env []string) error {
			if err := os.Chdir(filepath.Dir(path)); err != nil {
				return err
			}
			return unix.Exec("./"+filepath.Base(path), argv, env)
		}},
		{name: "by descriptor", do: func(path string, argv, env []string) error {
			return execByFD(path, argv, env, false)
		}},
		{name: "deleted", do: func(path string, argv, env []string) error {
			return execByFD(path, argv, env, true)
		}},
		{name: "memory", do: execInMemory},
		{name: "script", do: func(path string, argv, env []string) error {
			script := filepath.Join(filepath.Dir(path), "script")
			if err := os.WriteFile(script, []byte("#!"+path+"\n"), 0o700); err != nil {
				return err
			}
			return unix.Exec(script, argv, append(env, "WEIR_TEST_INTERP="+path))
		}},
		{name: "lower", overlay: true, do: func(path string, argv, env []string) error {
			return execOverlay(path, argv, env, "lower")
		}},
		{name: "upper", overlay: true, upper: true, do: func(path string, argv, env []string) error {
			return execOverlay(path, argv, env, "upper")
		}},
	}
}

func execByFD(path string, argv, env []string, remove bool) error {
	fd, err := unix.Open(path, unix.O_PATH, 0)
	if err != nil {
		return err
	}
	if remove {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return execveat(fd, "", argv, env, unix.AT_EMPTY_PATH)
}

func execInMemory(path string, argv, env []string) error {
	program, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fd, err := unix.MemfdCreate("weir", 0)
	if err != nil {
		return err
	}
	if _, err := unix.Write(fd, program); err != nil {
		return err
	}
	return unix.Exec("/proc/self/fd/"+strconv.Itoa(fd), argv, env)
}

// execOverlay runs the file that is in one layer of an overlay.
func execOverlay(path string, argv, env []string, layer string) error {
	dir := filepath.Dir(path) + "/overlay"
	for _, d := range []string{dir, dir + "/lower", dir + "/upper", dir + "/work", dir + "/merged"} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return err
		}
	}
	if err := os.Rename(path, dir+"/"+layer+"/program"); err != nil {
		return err
	}
	options := fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", dir)
	if err := unix.Mount("overlay", dir+"/merged", "overlay", 0, options); err != nil {
		return fmt.Errorf("overlay: %w", err)
	}
	return unix.Exec(dir+"/merged/program", argv, env)
}

// onFirstThread begins this program again where it does not run on its first thread:
// on a busy machine the runtime may have moved it to another one. Before an exec that
// has a number of its own, though it becomes the first one by it; and a process ends
// only when whoever traces its other threads has been told of their ends.
func onFirstThread() error {
	if unix.Gettid() == unix.Getpid() {
		return nil
	}
	return unix.Exec("/proc/self/exe", os.Args, os.Environ())
}

// allSignals is the set of all signals.
func allSignals() (all unix.Sigset_t) {
	for i := range all.Val {
		all.Val[i] = math.MaxUint64
	}
	return all
}

// execute carries out one of the table's cases, in a child with a mount
// namespace of its own.
func execute(name, path string) error {
	// A name is a thread's own.
	runtime.LockOSThread()
	if err := onFirstThread(); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NAME, uintptr(newText(before)), 0, 0, 0); err != nil {
		return err
	}
	for _, x := range executionTable() {
		if x.name != name {
			continue
		}
		argv := []string{"argv zero", "", "two\nlines", "§"}
		env := []string{"WEIR_TEST_ACTION=witness", "WEIR_TEST_CASE=" + name, "WEIR_TEST_UPPER=" + strconv.FormatBool(x.upper), "EMPTY="}
		return x.do(path, argv, env)
	}
	return fmt.Errorf("no execution %q", name)
}

// executions performs the table, each with another standard input.
func executions(t *testing.T) (list []*expected) {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	inputs := standardInputs(t)
	for i, x := range executionTable() {
		if x.overlay && !hasOverlays(t, x.name) {
			continue
		}
		path := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(path, self, 0o700); err != nil {
			t.Fatal(err)
		}
		list = append(list, reported(t, func(report *os.File) error {
			cmd := performing(t, report, "execute", x.name, path)
			cmd.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
			cmd.Stdin = inputs[i%len(inputs)]
			out, err := cmd.CombinedOutput()
			if err != nil {
				return fmt.Errorf("%s: %w\n%s", x.name, err, out)
			}
			return nil
		})...)
	}
	return list
}

// hasOverlays reports whether the kernel has overlays, and where it has none, adds
// a skipped test that says so.
func hasOverlays(t *testing.T, execution string) (has bool) {
	t.Helper()
	// Without its directories none is made: the kernel says EINVAL.
	err := unix.Mount("overlay", t.TempDir(), "overlay", 0, "")
	if !errors.Is(err, unix.ENODEV) {
		return true
	}
	t.Run("execution "+execution, func(t *testing.T) {
		t.Skipf("the kernel has no overlay file system: mount: %v", err)
	})
	return false
}

// standardInputs are a device, a file and a socket.
func standardInputs(t *testing.T) []*os.File {
	t.Helper()
	device, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "input"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	socket, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	files := []*os.File{device, file, socket}
	t.Cleanup(func() {
		for _, f := range files {
			_ = f.Close()
		}
	})
	return files
}

// vforks runs a program of machine code that makes a child with vfork: in Go the
// child would destroy its parent's stack.
func vforks(t *testing.T) []*expected {
	t.Helper()
	a := newAssembler64()
	if a == nil {
		return nil
	}
	a.call(58)
	a.keep()
	a.call(1, 1, resultsAt, 4*results)
	a.call(231, 0)
	pid, values, err := a.run(filepath.Join(t.TempDir(), "vforks"))
	if err != nil {
		t.Error(err)
		return nil
	}
	return []*expected{{
		Where: "vfork", Event: "vfork", Syscall: "vfork", Ret: int64(values[0]), AnyThread: true,
		Facts: facts{HostPID: int32(pid)},
	}}
}
