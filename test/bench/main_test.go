package bench

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test binary also is the program that is observed: Weir leaves out its own
// process, so a child does the opening.
func TestMain(m *testing.M) {
	if os.Getenv("WEIR_BENCH_ACTION") != "" {
		if err := act(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// act opens files: "number pause plain watched last". Every hundredth is the
// watched one, and after all of them comes the last, by which the end is known.
func act(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	pause, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	for i := range n {
		path := args[2]
		if i%watchedEvery == watchedEvery-1 {
			path = args[3]
		}
		if err := open(path); err != nil {
			return err
		}
		if pause > 0 {
			time.Sleep(pause)
		}
	}
	return open(args[4])
}

func open(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	return unix.Close(fd)
}

// perform lets a child open files as act says, and returns its process id.
func perform(t testing.TB, n int, pause time.Duration, plain, watched, last string) int {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, strconv.Itoa(n), pause.String(), plain, watched, last)
	cmd.Env = append(os.Environ(), "WEIR_BENCH_ACTION=open")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return cmd.Process.Pid
}

// needEBPF skips what loads eBPF where that cannot work, or fails it where
// WEIR_REQUIRE says that it must.
func needEBPF(t testing.TB) {
	t.Helper()
	reason := ""
	if os.Geteuid() != 0 {
		reason = "loading eBPF needs root"
	} else if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		reason = "the kernel has no BTF: " + err.Error()
	}
	if reason == "" {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("WEIR_REQUIRE"), ","), "ebpf") {
		t.Fatal("WEIR_REQUIRE=ebpf, but " + reason)
	}
	t.Skip(reason)
}
