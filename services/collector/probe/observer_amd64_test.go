package probe

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
)

// called is one syscall as an observer has it.
type called struct {
	nr   int64
	args [6]uint64
	ret  int64
}

// traced runs a program under ptrace and returns the syscalls of its first
// thread since its exec.
func traced(t *testing.T, name string, args ...string) (pid int, calls []called) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), "WEIR_TEST_ACTION="+name)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid = cmd.Process.Pid
	calls, err = follow(pid)
	if err != nil {
		t.Fatal(err)
	}
	return pid, calls
}

// follow lets a stopped process go on from syscall to syscall until it ends.
func follow(pid int) (calls []called, err error) {
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, 0, nil); err != nil {
		return nil, fmt.Errorf("wait for exec: %w", err)
	}
	if err := unix.PtraceSetOptions(pid, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_EXITKILL); err != nil {
		return nil, fmt.Errorf("options: %w", err)
	}
	inside, signal := false, 0
	for {
		if err := unix.PtraceSyscall(pid, signal); err != nil {
			return nil, fmt.Errorf("go on: %w", err)
		}
		if _, err := unix.Wait4(pid, &status, unix.WALL, nil); err != nil {
			return nil, fmt.Errorf("wait: %w", err)
		}
		signal = 0
		switch {
		case status.Exited() && status.ExitStatus() == 0:
			return calls, nil
		case status.Exited() || status.Signaled():
			return nil, errors.New("the script failed")
		case status.StopSignal() != unix.SIGTRAP|0x80:
			signal = int(status.StopSignal())
			continue
		}
		if inside = !inside; inside {
			continue
		}
		var r unix.PtraceRegs
		if err := unix.PtraceGetRegs(pid, &r); err != nil {
			return nil, fmt.Errorf("registers: %w", err)
		}
		calls = append(calls, called{int64(r.Orig_rax), [6]uint64{r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9}, int64(r.Rax)})
	}
}

// The collector's record of a script equals the one of another observer: every
// syscall of the catalogue, in order, with its numbers and result.
func TestAnotherObserver(t *testing.T) {
	dir := t.TempDir()
	w := &watched{probe: open(t, Config{})}
	var pid int
	var calls []called
	w.run(t, interest.Of(catalogue.Names()...), func() { pid, calls = traced(t, "script", dir) })
	var seen []event.Event
	began := false
	for _, e := range w.events {
		if int(e.Context.HostTID) != pid {
			continue
		}
		if e.Name() == catalogue.SchedProcessExec.String() {
			began = true
		}
		if c := catalogue.ByName(e.Name()); began && c != nil && c.IsSyscall() && (c.Type != catalogue.Execve || e.ReturnValue != 0) {
			seen = append(seen, e)
		}
	}
	different := map[int64]bool{}
	i := 0
	for _, call := range calls {
		c := catalogue.ByName(catalogue.SyscallName(int32(call.nr)))
		if c == nil {
			continue
		}
		different[call.nr] = true
		if i == len(seen) {
			t.Fatalf("%s and what follows is missing", c.Name)
		}
		e := seen[i]
		i++
		if e.Name() != c.Name || e.ReturnValue != call.ret {
			t.Fatalf("event %d is %s = %d, want %s = %d", i, e.Name(), e.ReturnValue, c.Name, call.ret)
		}
		for n, a := range c.Args {
			if want, ok := registerValue(a.From, call.args[min(n, 5)]); ok && want != numeric(e.Values[n]) {
				t.Errorf("%s: %s is %d, want %d", c.Name, a.Name, numeric(e.Values[n]), want)
			}
		}
	}
	if i != len(seen) {
		t.Errorf("%d events more than syscalls", len(seen)-i)
	}
	if len(different) < 50 {
		t.Errorf("only %d different syscalls", len(different))
	}
	t.Logf("%d calls of %d different syscalls", i, len(different))
}

// registerValue is what an argument says that is a register; false for others.
func registerValue(from catalogue.From, register uint64) (int64, bool) {
	switch from {
	case catalogue.Int32:
		return int64(int32(register)), true
	case catalogue.Uint32:
		return int64(uint32(register)), true
	case catalogue.Int64, catalogue.Uint64, catalogue.OpenHow, catalogue.CloneArgs:
		return int64(register), true
	default:
		return 0, false
	}
}

// numeric returns the bits of a number.
func numeric(v event.Value) int64 {
	if n, ok := v.Int(); ok {
		return n
	}
	n, _ := v.Uint()
	return int64(n)
}
