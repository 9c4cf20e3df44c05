package probe

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// The test binary also is the program that is observed: the collector leaves
// out its own process, so actions are performed by a child.
func TestMain(m *testing.M) {
	if args := os.Getenv("WEIR_TEST_ACTION"); args != "" {
		if err := act(args, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// act performs one action.
func act(name string, args []string) error {
	switch name {
	case "pace":
		return actPace(args)
	case "getppids", "missing", "spawns":
		return actOften(name, args)
	case "script":
		return actScript(args[0])
	case "opens", "opens-pinned":
		if name == "opens-pinned" {
			if err := pin(); err != nil {
				return err
			}
		}
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		for range n {
			fd, err := unix.Open(args[0], unix.O_RDONLY, 0)
			if err != nil {
				return err
			}
			if err := unix.Close(fd); err != nil {
				return err
			}
		}
		return nil
	case "open":
		return actOpen(args[0])
	case "connect":
		return actConnect(args[0], args[1])
	case "ptrace":
		runtime.LockOSThread()
		if err := onFirstThread(); err != nil {
			return err
		}
		// At a signal, and the runtime sends some, a traced thread stops.
		all := allSignals()
		if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, nil); err != nil {
			return err
		}
		_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_TRACEME, 0, 0, 0, 0, 0)
		if errno == 0 {
			_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
		return errno
	case "exit":
		os.Exit(7)
	case "exit-together":
		return exitTogether(args[0])
	case "exec":
		return unix.Exec(args[0], args, []string{"MARK=1"})
	case "execfail":
		if err := unix.Exec(args[0], []string{"a0", "a1"}, []string{"MARK=2"}); err == nil {
			return fmt.Errorf("exec of %s worked", args[0])
		}
		return nil
	case "execat":
		return actExecat(args[0])
	case "race-open":
		return raceOpen(args[0])
	case "race-connect":
		return raceConnect()
	case "race-protect":
		return raceProtect()
	case "execute":
		return execute(args[0], args[1])
	case "witness":
		return witness()
	case "perform":
		return perform(args[0], args[1], args[2:])
	case "hooks":
		return actHooks(args[0], args[1])
	case "memfd":
		return actMemfd(args[0])
	case "ask":
		return actAsk(args[0], args[1], args[2:])
	case "resolve":
		return actResolve(args[0], args[1])
	case "alone":
		return actAlone(args[0])
	case "serve":
		return actServe(args[0])
	case "redirected":
		return actRedirected(args[0])
	case "datagrams":
		return actDatagrams(args[0], args[1])
	case "raw6":
		return actRaw6(args[0])
	}
	return fmt.Errorf("no action %q", name)
}

// pin keeps this thread on the last core.
func pin() error {
	runtime.LockOSThread()
	var last unix.CPUSet
	last.Set(runtime.NumCPU() - 1)
	return unix.SchedSetaffinity(0, &last)
}

// actOpen opens through a directory fd and a symbolic link, with every syscall
// of the family, and one file that is not there.
func actOpen(dir string) error {
	at, err := unix.Open(dir, unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	if _, err := unix.Openat(at, "link", unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC, 0o640); err != nil {
		return err
	}
	if _, err := unix.Openat2(at, "sub/../target", &unix.OpenHow{Flags: unix.O_WRONLY, Resolve: unix.RESOLVE_BENEATH}); err != nil {
		return err
	}
	if _, err := unix.Creat(dir+"/made", 0o600); err != nil {
		return err
	}
	if _, err := unix.Open(dir+"/no-such-file", unix.O_RDONLY, 0); err != unix.ENOENT {
		return fmt.Errorf("open of nothing: %w", err)
	}
	return nil
}

func actConnect(network, addr string) error {
	c, err := net.Dial(network, addr)
	if err != nil {
		return err
	}
	return c.Close()
}

func actExecat(path string) error {
	fd, err := unix.Open(path, unix.O_PATH, 0)
	if err != nil {
		return err
	}
	return execveat(fd, "", []string{"by-fd", "arg"}, nil, unix.AT_EMPTY_PATH)
}

// actMemfd runs a copy of a program that is in no file system.
func actMemfd(path string) error {
	program, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fd, err := unix.MemfdCreate("evil", 0)
	if err != nil {
		return err
	}
	if _, err := unix.Write(fd, program); err != nil {
		return err
	}
	return unix.Exec("/proc/self/fd/"+strconv.Itoa(fd), []string{"memory"}, nil)
}
