package probe

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
)

// processes are the syscalls that look at processes and signal them.
func (p *performer) processes() {
	self, thread := os.Getpid(), unix.Gettid()
	somewhere := p.put(make([]byte, 64))
	p.works(p.call("prctl", unix.PR_GET_DUMPABLE, 1<<40, 3, 4, 5))
	p.works(p.call("kill", self, 0))
	p.fails(p.call("kill", -1<<30, 0), unix.ESRCH)
	p.works(p.call("tkill", thread, 0))
	p.works(p.call("tgkill", self, thread, 0))
	pidfd := p.works(p.call("pidfd_open", self, unix.PIDFD_NONBLOCK))
	p.works(p.call("pidfd_send_signal", pidfd, 0, nil, 0))
	p.fails(p.call("pidfd_getfd", pidfd, 1<<20, 0), unix.EBADF)
	p.call("personality", 0xffffffff)
	p.fails(p.call("setns", noFD, unix.CLONE_NEWNET), unix.EBADF)
	p.works(p.call("unshare", 0))
	p.call("setpgid", 0, self)
	p.fails(p.call("setpgid", 1<<30, -5), unix.EINVAL, unix.ESRCH)
	p.works(p.call("prlimit64", 0, unix.RLIMIT_NOFILE, nil, somewhere))
	p.fails(p.call("setgroups", 1<<20, somewhere), unix.EINVAL, unix.EPERM)
	p.fails(p.call("capset", somewhere, somewhere), unix.EINVAL)
	p.fails(p.call("execve", "/no/such/program", []string{"a0", "", "a 2"}, []string{"A=1"}).seenAt(catalogue.SysExit), unix.ENOENT)
	p.fails(p.call("execveat", noFD, "program", []string{"a0"}, []string{}, unix.AT_SYMLINK_NOFOLLOW).
		seenAt(catalogue.SysExit), unix.EBADF)
	p.works(p.call("chdir", "sub/.."))
	fd := p.openDir(".")
	p.works(p.call("fchdir", fd).path("path", p.dir))
	p.fails(p.call("fchdir", noFD).none("path"), unix.EBADF)
	p.fails(p.call("inotify_add_watch", noFD, "/etc/passwd", unix.IN_ACCESS), unix.EBADF)
}

func (e *expected) seenAt(h catalogue.Hook) *expected {
	e.Hook = string(h)
	return e
}

// children are made in each way but vfork, which shares this thread's stack.
func (p *performer) children() {
	p.forked("clone", int(unix.SIGCHLD), nil, nil, nil, nil)
	p.forked("clone", int(unix.SIGCHLD|unix.CLONE_NEWUTS), nil, nil, nil, 1<<40)
	args := words(0, 0, 0, 0, uint64(unix.SIGCHLD), 0, 0, 0)
	p.forked("clone3", p.put(args), 64)
	p.forked("fork")
	// Without a structure, or with one that is too short, there are no flags.
	p.fails(p.call("clone3", p.put(args), 8).with("flags", event.Uint(0)), unix.EINVAL)
	p.fails(p.call("clone3", nil, 64).none("flags"), unix.EFAULT)
}

// forked makes a child that ends at once, with 3.
func (p *performer) forked(name string, args ...any) {
	kind := catalogue.ByName(name)
	e := &expected{Where: p.where, Event: name, Syscall: name, Args: map[string]string{}}
	nr := nativeNumber(kind)
	if nr < 0 {
		return
	}
	var r [6]uintptr
	for i, a := range args {
		var v event.Value
		r[i], v = p.argument(kind.Args[i].Type, a)
		e.Args[kind.Args[i].Name] = v.String()
	}
	switch {
	case name == "clone3":
		e.with("flags", event.Uint(0))
	case name == "clone" && runtime.GOARCH == "arm64":
		r[3], r[4] = r[4], r[3] // The kernel there wants them so.
	}
	pid, errno := rawFork(uintptr(nr), &r)
	e.Ret = int64(pid)
	if errno != 0 {
		e.Ret = -int64(errno)
	}
	p.note(e)
	if errno != 0 {
		p.fails(e, unix.EPERM)
		return
	}
	p.born(e, int32(pid))
	if _, err := unix.Wait4(int(pid), nil, 0, nil); err != nil && p.err == nil {
		p.err = err
	}
}

// rawFork must do nothing in the child but end it: no other thread of Go is
// there.
//
//go:norace
//go:noinline
func rawFork(nr uintptr, r *[6]uintptr) (uintptr, unix.Errno) {
	pid, _, errno := unix.RawSyscall6(nr, r[0], r[1], r[2], r[3], r[4], r[5])
	if pid == 0 && errno == 0 {
		for {
			_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, 3, 0, 0)
		}
	}
	return pid, errno
}

// born tells of the fork and of the end of a child, which waits to be waited for.
func (p *performer) born(call *expected, nsPID int32) {
	f := call.Facts
	children, err := os.ReadFile("/proc/thread-self/children")
	list := strings.Fields(string(children))
	if err != nil || len(list) == 0 {
		// A kernel without CONFIG_PROC_CHILDREN tells no host pid of a child.
		return
	}
	var r reader
	child := r.last(list)
	_, ticks := r.stat(fmt.Sprintf("/proc/%d/stat", child))
	p.derived("sched_process_fork", call).
		number("parent_tid", f.HostTID).number("parent_ns_tid", f.TID).number("parent_pid", f.HostPID).
		number("parent_ns_pid", f.PID).number("child_tid", child).number("child_ns_tid", nsPID).
		number("child_pid", child).number("child_ns_pid", nsPID).Args["start_time"] = fmt.Sprintf("ticks:%d", ticks)
	end := p.derived("sched_process_exit", call).number("exit_code", 3).number("signal_code", 0).
		with("process_group_exit", event.Bool(true))
	end.Syscall = "exit_group"
	end.Facts.HostPPID, end.Facts.PPID, end.Facts.ParentTicks = f.HostPID, f.PID, f.LeaderTicks
	end.Facts.HostPID, end.Facts.HostTID, end.Facts.PID, end.Facts.TID = child, child, nsPID, nsPID
	end.Facts.Ticks, end.Facts.LeaderTicks = ticks, ticks
	p.check(r.err)
}

func (p *performer) check(err error) {
	if p.err == nil && err != nil {
		p.err = fmt.Errorf("%s: %w", p.where, err)
	}
}

func (e *expected) number(name string, n int32) *expected { return e.with(name, event.Int(int64(n))) }

// identities come last: they change the thread for good.
func (p *performer) identities() {
	p.call("unshare", unix.CLONE_NEWUTS)
	p.call("sethostname", buffer("weir-test"), 9)
	p.call("unshare", unix.CLONE_NEWNET|unix.CLONE_NEWIPC)
	p.call("setfsuid", 12345)
	p.call("setfsgid", 12346)
	p.call("setfsuid", 0)
	p.call("setregid", -1, 12347)
	p.call("setresgid", 12348, 12349, -1)
	p.call("setgid", 0)
	p.call("setreuid", 12350, -1)
	p.call("setresuid", -1, -1, 0)
	header := p.put(halfWords(unix.LINUX_CAPABILITY_VERSION_3, 0))
	few := p.put(halfWords(1<<unix.CAP_SETUID|1<<unix.CAP_SETGID, 1<<unix.CAP_SETUID|1<<unix.CAP_SETGID, 0, 0, 0, 0))
	p.call("capset", header, few)
	p.call("setuid", 12351)
	p.call("setuid", 12352)
	p.call("kill", os.Getpid(), 0)
	p.call("setsid")
	name := "weir-renamed"
	_ = unix.Prctl(unix.PR_SET_NAME, p.text(name), 0, 0, 0)
	p.call("kill", os.Getpid(), 0)
}
