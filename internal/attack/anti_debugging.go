package attack

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

const stepTraceMe = "trace-me"

// antiDebugging has a child ask to be traced by its parent, which malware does
// so that no debugger can attach to it.
func antiDebugging() Attack {
	return Attack{
		ID:          "anti_debugging",
		Name:        "Anti-debugging",
		Description: "A process calls ptrace(PTRACE_TRACEME), so that no debugger can attach to it.",
		Technique:   "T1622",
		Signatures:  []string{"anti_debugging"},
		Run: func(ctx context.Context, _ string) error {
			return runChild(ctx, stepTraceMe)
		},
	}
}

// traceMe leaves at once where it succeeds, and takes no signals from before that: at
// one a traced thread stops until the parent lets it go on, and the Go runtime sends
// signals to itself. Only the process's first thread is traced: the end of another one would
// have to be waited for by the parent, which does not know of it, before that of the
// process.
func traceMe() error {
	runtime.LockOSThread()
	if unix.Gettid() != unix.Getpid() {
		if err := unix.Exec("/proc/self/exe", os.Args, os.Environ()); err != nil {
			return fmt.Errorf("begin again on the first thread: %w", err)
		}
	}
	var all unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = math.MaxUint64
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, nil); err != nil {
		return fmt.Errorf("block signals: %w", err)
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_TRACEME, 0, 0, 0, 0, 0)
	if errno == 0 {
		_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	return fmt.Errorf("ptrace(PTRACE_TRACEME): %w", os.NewSyscallError("ptrace", errno))
}
