package probe

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/event"
)

// where finds the one event whose argument ends with a text.
func where(t *testing.T, list []event.Event, arg, suffix string) event.Event {
	t.Helper()
	var found []event.Event
	for _, e := range list {
		if v, ok := e.Arg(arg); ok && strings.HasSuffix(v.Text(), suffix) {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d events with %s=…%s among %d", len(found), arg, suffix, len(list))
	}
	return found[0]
}

func TestOpenFamily(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	for _, err := range []error{
		os.WriteFile(target, []byte("x"), 0o600), os.Mkdir(filepath.Join(dir, "sub"), 0o700),
		os.Symlink("sub/../target", filepath.Join(dir, "link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var pid int
	w := watch(t, Config{}, []string{"open", "openat", "openat2", "creat", "security_file_open"}, func() {
		pid = child(t, "open", dir)
	})

	at := where(t, w.of("openat", pid), "pathname", "link")
	if at.ReturnValue < 3 || number(t, at, "mode") != 0o640 || number(t, at, "dirfd") < 3 ||
		number(t, at, "flags")&^unix.O_CLOEXEC != unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC|unix.O_LARGEFILE {
		t.Errorf("openat %+v", at)
	}
	how := where(t, w.of("openat2", pid), "pathname", "sub/../target")
	if number(t, how, "resolve") != unix.RESOLVE_BENEATH || number(t, how, "size") != unix.SizeofOpenHow {
		t.Errorf("openat2 %+v", how)
	}
	missing := where(t, slices.Concat(w.of("open", pid), w.of("openat", pid)), "pathname", "no-such-file")
	if missing.ReturnValue != -int64(unix.ENOENT) {
		t.Errorf("failed open returned %d", missing.ReturnValue)
	}

	files := w.of("security_file_open", pid)
	link := where(t, files, "syscall_pathname", "link")
	if got := text(t, link, "pathname"); got != target {
		t.Errorf("resolved %q, want %q", got, target)
	}
	var st unix.Stat_t
	if err := unix.Stat(target, &st); err != nil {
		t.Fatal(err)
	}
	if number(t, link, "inode") != int64(st.Ino) {
		t.Errorf("inode %d, want %d", number(t, link, "inode"), st.Ino)
	}
	dev := number(t, link, "dev")
	if uint32(dev>>20) != unix.Major(st.Dev) || uint32(dev&0xfffff) != unix.Minor(st.Dev) {
		t.Errorf("dev %x, want %d:%d", dev, unix.Major(st.Dev), unix.Minor(st.Dev))
	}
	if want := int64(unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC); number(t, link, "flags")&0o3303 != want {
		t.Errorf("flags %o, want %o: the kernel's file forgets those of creation", number(t, link, "flags"), want)
	}
	// Only the end of the syscall knows what it returned.
	if made := where(t, files, "pathname", "/made"); (made.Hook == "sys_exit") != (made.ReturnValue >= 3) {
		t.Errorf("creat %+v", made)
	}
	for _, e := range files {
		if strings.HasSuffix(text(t, e, "syscall_pathname"), "no-such-file") {
			t.Error("security_file_open for an open that failed")
		}
	}
}

func TestConnect(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s.sock")
	var pids [3]int
	var ports [3]string
	w := watch(t, Config{}, []string{"connect", "security_socket_connect"}, func() {
		for i, l := range [][2]string{{"tcp4", "127.0.0.1:0"}, {"tcp6", "[::1]:0"}, {"unix", socket}} {
			listener, err := net.Listen(l[0], l[1])
			if err != nil {
				t.Logf("%s: %v", l[0], err)
				continue
			}
			addr := listener.Addr().String()
			_, ports[i], _ = net.SplitHostPort(addr)
			pids[i] = child(t, "connect", l[0], addr)
			_ = listener.Close()
		}
	})
	for i, want := range [][]string{
		{"sa_family", "AF_INET", "sin_addr", "127.0.0.1", "sin_port", ports[0]},
		{"sa_family", "AF_INET6", "sin6_addr", "::1", "sin6_port", ports[1], "sin6_flowinfo", "0", "sin6_scopeid", "0"},
		{"sa_family", "AF_UNIX", "sun_path", socket},
	} {
		if pids[i] == 0 {
			continue
		}
		for _, c := range []struct{ event, arg string }{{"connect", "addr"}, {"security_socket_connect", "remote_addr"}} {
			found := false
			for _, e := range w.of(c.event, pids[i]) {
				v, _ := e.Arg(c.arg)
				found = found || slices.Equal(v.List(), want)
				if n := number(t, e, "sockfd"); n < 3 {
					t.Errorf("socket %d", n)
				}
			}
			if !found {
				t.Errorf("%s: no %v in %+v", c.event, want, w.of(c.event, pids[i]))
			}
		}
	}
	for _, e := range w.of("security_socket_connect", pids[0]) {
		if number(t, e, "type") != unix.SOCK_STREAM {
			t.Errorf("type %d", number(t, e, "type"))
		}
	}
}

func TestPtrace(t *testing.T) {
	var pid int
	w := watch(t, Config{}, []string{"ptrace"}, func() { pid = child(t, "ptrace") })
	list := w.of("ptrace", pid)
	if len(list) != 1 || number(t, list[0], "request") != unix.PTRACE_TRACEME || list[0].ReturnValue != 0 {
		t.Errorf("%+v", list)
	}
}

func TestExec(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nexit 0\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	var ok, failed, at, memory int
	w := watch(t, Config{}, []string{"execve", "execveat"}, func() {
		ok = child(t, "exec", script, "one", "")
		failed = child(t, "execfail", "/no/such/program")
		at = child(t, "execat", "/bin/true")
		memory = child(t, "memfd", "/bin/true")
	})

	e := where(t, w.of("sched_process_exec", ok), "cmdpath", script)
	shell, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	cwd, _ := os.Getwd()
	for arg, want := range map[string]string{
		"pathname": shell, "interp": "/bin/sh", "cwd": cwd, "prev_comm": "probe.test", "stdin_path": "/dev/null",
	} {
		if got := text(t, e, arg); got != want {
			t.Errorf("%s is %q, want %q", arg, got, want)
		}
	}
	argv, _ := e.Arg("argv")
	if want := []string{"/bin/sh", script, "one", ""}; !slices.Equal(argv.List(), want) {
		t.Errorf("argv %q, want %q", argv.List(), want)
	}
	if env, _ := e.Arg("env"); !slices.Equal(env.List(), []string{"MARK=1"}) {
		t.Errorf("env %q", env.List())
	}
	if e.Syscall != "execve" || e.Hook != "tp" || e.Context.ProcessName != "script" || e.Context.Executable != shell {
		t.Errorf("%+v %+v", e, e.Context)
	}
	if mode := number(t, e, "inode_mode"); mode&unix.S_IFMT != unix.S_IFREG || mode&0o111 == 0 {
		t.Errorf("mode %o", mode)
	}
	if number(t, e, "stdin_type") != unix.S_IFCHR || number(t, e, "invoked_from_kernel") != 0 {
		t.Errorf("stdin %o", number(t, e, "stdin_type"))
	}

	call := where(t, w.of("execve", ok), "pathname", script)
	if v, _ := call.Arg("argv"); call.ReturnValue != 0 || !slices.Equal(v.List(), argv.List()) {
		t.Errorf("execve %+v", call)
	}
	bad := where(t, w.of("execve", failed), "pathname", "/no/such/program")
	badArgs, _ := bad.Arg("argv")
	badEnv, _ := bad.Arg("envp")
	if bad.ReturnValue != -int64(unix.ENOENT) || !slices.Equal(badArgs.List(), []string{"a0", "a1"}) ||
		!slices.Equal(badEnv.List(), []string{"MARK=2"}) || bad.Hook != "sys_exit" {
		t.Errorf("failed execve %+v", bad)
	}

	by := w.of("execveat", at)
	if len(by) != 1 || number(t, by[0], "flags") != unix.AT_EMPTY_PATH || number(t, by[0], "dirfd") < 3 {
		t.Errorf("execveat %+v", by)
	}
	where(t, w.of("sched_process_exec", memory), "pathname", "memfd:evil")
}

func TestForkAndExit(t *testing.T) {
	var pid int
	w := watch(t, Config{}, nil, func() { pid = child(t, "exit") })
	var born []event.Event
	for _, e := range w.of("sched_process_fork", os.Getpid()) {
		if number(t, e, "child_pid") == int64(pid) {
			born = append(born, e)
		}
	}
	if len(born) != 1 || number(t, born[0], "child_tid") != int64(pid) || number(t, born[0], "parent_pid") != int64(os.Getpid()) {
		t.Fatalf("fork %+v", born)
	}
	started := number(t, born[0], "start_time")
	execs := w.of("sched_process_exec", pid)
	if len(execs) != 1 || execs[0].Context.ProcessEntityID != event.EntityID(int32(pid), started) {
		t.Errorf("the child's entity is not made of its fork: %d, %+v", started, execs)
	}
	if d := born[0].Time - started; d < 0 || d > 20e6 {
		t.Errorf("started %d ns before its fork was seen", d)
	}
	var last []event.Event
	for _, e := range w.of("sched_process_exit", pid) {
		if v, _ := e.Arg("process_group_exit"); v.Bool() {
			last = append(last, e)
		}
	}
	if len(last) != 1 || number(t, last[0], "exit_code") != 7 || number(t, last[0], "signal_code") != 0 {
		t.Errorf("exit %+v", last)
	}
	for i := 1; i < len(w.events); i++ {
		if w.events[i].Seq != w.events[i-1].Seq+1 {
			t.Fatalf("number %d after %d", w.events[i].Seq, w.events[i-1].Seq)
		}
	}
}

func TestCgroup(t *testing.T) {
	p := open(t, Config{})
	for _, a := range p.Attachments() {
		if a.Event == "cgroup_mkdir" && !a.Attached {
			t.Skip(a.Reason)
		}
	}
	h := p.groups
	dir := filepath.Join(h.Mount, "weir-test-"+strconv.Itoa(os.Getpid()))
	var id uint64
	w := watch(t, Config{}, nil, func() {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Skipf("no cgroup can be made: %v", err)
		}
		var st unix.Stat_t
		if err := unix.Stat(dir, &st); err != nil {
			t.Error(err)
		}
		id = st.Ino
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	for _, name := range []string{"cgroup_mkdir", "cgroup_rmdir"} {
		e := where(t, w.of(name, 0), "cgroup_path", filepath.Base(dir))
		if number(t, e, "cgroup_id") != int64(id) || number(t, e, "hierarchy_id") != int64(h.ID) {
			t.Errorf("%s %+v, want id %d", name, e, id)
		}
	}
}
