package probe

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/event"
)

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
