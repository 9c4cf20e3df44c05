package rootkit

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/event"
)

// module is the file to load.
func module(t *testing.T) string {
	t.Helper()
	file := os.Getenv("WEIR_ROOTKIT")
	if file == "" {
		t.Skip("WEIR_ROOTKIT names no kernel module: make test-kernels builds one for a virtual machine")
	}
	return file
}

// syscallEvent checks every argument of hooked_syscall.
func syscallEvent(t *testing.T, e event.Event, syscall string, address uint64, function, owner string) {
	t.Helper()
	got := fmt.Sprint(e.Name(), arg(t, e, "syscall"), arg(t, e, "address"), arg(t, e, "function"), arg(t, e, "owner"))
	want := fmt.Sprintf("hooked_syscall%q%q%q%q", syscall, fmt.Sprintf("%#x", address), function, owner)
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	isOwn(t, e)
}

func directoryEvent(t *testing.T, e event.Event, owner string) {
	t.Helper()
	got := fmt.Sprint(e.Name(), arg(t, e, "hooked_fops_pointers"), arg(t, e, "pathname"))
	want := fmt.Sprintf(`hooked_proc_fops[{"SymbolName":"iterate_shared","ModuleOwner":%q}]"/proc"`, owner)
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	isOwn(t, e)
}

// isOwn checks the event's context: the collector's, who has seen it.
func isOwn(t *testing.T, e event.Event) {
	t.Helper()
	c := e.Context
	if int(c.HostPID) != os.Getpid() || c.ProcessName != "rootkit.test" || c.HostName != "guest" || c.UID != 0 || e.Hook != "iter" || e.Time == 0 {
		t.Errorf("context %+v, hook %s", c, e.Hook)
	}
}

func TestRootkitIsSeen(t *testing.T) {
	file := module(t)
	at := readAddresses(t)
	s := watch(t)
	s.quiet(t, "on a clean kernel")
	load(t, file)
	s.quiet(t, "after a module was loaded")
	ours := readAddresses(t)["weir_test_getppid"]

	do(t, "table")
	syscallEvent(t, s.wait(t), "getppid", ours, "weir_test_getppid", "rootkit")
	if at["x64_sys_call"] != 0 {
		do(t, "dispatcher")
		syscallEvent(t, s.wait(t), "x64_sys_call", ours, "weir_test_getppid", "rootkit")
	}
	if unix.Getppid() <= 0 || calls(t) == 0 {
		t.Errorf("getppid is %d and went through the module %d times", unix.Getppid(), calls(t))
	}
	do(t, "proc")
	directoryEvent(t, s.wait(t), "rootkit")
	s.quiet(t, "while nothing changes")

	do(t, "undo")
	s.quiet(t, "after all was undone")
	do(t, "hide")
	do(t, "table")
	syscallEvent(t, s.wait(t), "getppid", ours, "", "hidden")
	do(t, "proc")
	directoryEvent(t, s.wait(t), "hidden")
	do(t, "show")
	do(t, "undo")
	s.quiet(t, "at the end")
}
