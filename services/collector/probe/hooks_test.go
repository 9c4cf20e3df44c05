package probe

import (
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
)

// made is how many bytes become executable.
const made = 7 * 4096

// actHooks does once what each security_… event tells of, and undoes it.
func actHooks(dir, port string) error {
	at := func(name string) string { return filepath.Join(dir, name) }
	fd, err := unix.Open(at("link"), unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	// The file is no module, and the kernel has read it by the time it sees.
	if err := unix.FinitModule(fd, "", 0); err == nil {
		return fmt.Errorf("%s is a module", at("target"))
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	for _, err := range []error{
		unix.Connect(socket, &unix.SockaddrInet4{Port: n, Addr: [4]byte{127, 0, 0, 1}}),
		unix.Rename(at("old"), at("new")), unix.Renameat(unix.AT_FDCWD, at("new"), unix.AT_FDCWD, at("old")),
		unix.Mount("weir-test", at("mount"), "tmpfs", unix.MS_NOSUID|unix.MS_NOEXEC, ""), unix.Unmount(at("mount"), 0),
	} {
		if err != nil {
			return err
		}
	}
	memory, err := unix.Mmap(-1, 0, made, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return err
	}
	if err := unix.Mprotect(memory, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		return err
	}
	return unix.Exec(at("program"), []string{"a0", "one"}, []string{"MARK=3"})
}

// hookScene is the place of the action: the same for every kind of hook.
type hookScene struct {
	dir, port string
	// marks tell the action's own events from others of the same process.
	marks map[string][2]string
}

func newHookScene(t *testing.T) hookScene {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.WriteFile(filepath.Join(dir, "target"), []byte("no module"), 0o600),
		os.Symlink("target", filepath.Join(dir, "link")),
		os.WriteFile(filepath.Join(dir, "old"), nil, 0o600),
		os.Mkdir(filepath.Join(dir, "mount"), 0o700),
		os.WriteFile(filepath.Join(dir, "program"), program, 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return hookScene{dir: dir, port: port, marks: map[string][2]string{
		"security_file_open":        {"pathname", filepath.Join(dir, "target")},
		"security_socket_connect":   {"remote_addr", port},
		"security_bprm_check":       {"pathname", filepath.Join(dir, "program")},
		"security_inode_rename":     {"old_path", dir},
		"security_sb_mount":         {"path", filepath.Join(dir, "mount")},
		"security_kernel_read_file": {"pathname", filepath.Join(dir, "target")},
		"mem_prot_alert":            {"len", strconv.Itoa(made)},
	}}
}

// observed are the action's events by name and the hook that each is from.
type observed struct {
	hooks  map[string]string
	events map[string][]event.Event
}

// perform observes the action without some kinds of hooks.
func (s hookScene) perform(t *testing.T, avoid []catalogue.Hook) observed {
	t.Helper()
	names := slices.Collect(maps.Keys(s.marks))
	w := &watched{probe: open(t, Config{avoid: avoid})}
	o := observed{map[string]string{}, map[string][]event.Event{}}
	var pid int
	for _, a := range w.probe.Attachments() {
		o.hooks[a.Event] = a.Hook
		if s.marks[a.Event][0] != "" && len(avoid) == 0 {
			t.Logf("%s at %s; refused: %s", a.Event, a.Hook, strings.Join(a.Refused, "; "))
		}
	}
	w.run(t, interest.Of(names...), func() { pid = child(t, "hooks", s.dir, s.port) })
	for _, e := range w.of("", pid) {
		mark := s.marks[e.Name()]
		if v, _ := e.Arg(mark[0]); mark[0] != "" && strings.Contains(fmt.Sprint(v), mark[1]) {
			o.events[e.Name()] = append(o.events[e.Name()], e)
		}
	}
	return o
}

// Each security_… event is the same from whichever hook the kernel lets it be
// taken, but for what the hooks' places make different.
func TestHooksAgree(t *testing.T) {
	scene := newHookScene(t)
	kinds := []catalogue.Hook{catalogue.LSM, catalogue.Fentry, catalogue.Kprobe}
	used := map[string][]string{}
	var last observed
	for i := len(kinds); i >= 0; i-- {
		got := scene.perform(t, kinds[:i])
		for name := range scene.marks {
			hook := got.hooks[name]
			if name == "mem_prot_alert" {
				checkBefore(t, kinds[:i], got)
				continue
			}
			if slices.Contains(used[name], hook) {
				continue // the kernel takes none of the kind that was let in
			}
			used[name] = slices.Insert(used[name], 0, hook)
			scene.check(t, name, got)
			if last.events != nil {
				agree(t, hook, last.events[name], got.events[name])
			}
		}
		last = got
	}
	for _, name := range slices.Sorted(maps.Keys(used)) {
		t.Attr("hooks:"+name, strings.Join(used[name], " "))
	}
}

// checkBefore holds the event that needs to know what was before to it, from
// whichever hook that is noted. Without any, the oldest kernels cannot tell.
func checkBefore(t *testing.T, avoided []catalogue.Hook, got observed) {
	t.Helper()
	list := got.events["mem_prot_alert"]
	if len(list) != 1 {
		t.Errorf("%d alerts without %v", len(list), avoided)
		return
	}
	want := strconv.Itoa(unix.PROT_READ | unix.PROT_WRITE)
	if len(avoided) == 3 && !findsMemory(t) {
		want = event.Value{}.String()
	}
	if before, _ := list[0].Arg("prev_prot"); before.String() != want {
		t.Errorf("the protection before was %s without %v, want %s", before, avoided, want)
	}
}

// findsMemory tells kernels that can look for a process's memory by its address:
// since 5.17.
func findsMemory(t *testing.T) bool {
	t.Helper()
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	var major, minor int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor); err != nil {
		t.Fatal(err)
	}
	return major > 5 || major == 5 && minor >= 17
}

// check holds the events to what was done.
func (s hookScene) check(t *testing.T, name string, got observed) {
	t.Helper()
	list := got.events[name]
	want := 1
	if name == "security_inode_rename" {
		want = 2
	}
	if len(list) != want {
		t.Errorf("%d events %s of %d at %s: %+v", len(list), name, want, got.hooks[name], list)
		return
	}
	e := list[0]
	if e.Hook != got.hooks[name] {
		t.Errorf("%s from %s is said to be attached at %s", name, e.Hook, got.hooks[name])
	}
	texts := map[string]map[string]string{
		"security_file_open":    {"syscall_pathname": filepath.Join(s.dir, "link")},
		"security_inode_rename": {"old_path": filepath.Join(s.dir, "old"), "new_path": filepath.Join(s.dir, "new")},
		"security_sb_mount":     {"dev_name": "weir-test", "type": "tmpfs"},
	}
	for arg, want := range texts[name] {
		if got := text(t, e, arg); got != want {
			t.Errorf("%s of %s from %s is %q, want %q", arg, name, e.Hook, got, want)
		}
	}
	if e.Syscall == "" {
		t.Errorf("%s from %s has no syscall", name, e.Hook)
	}
}

// agree compares the events of a hook with those of the next best.
func agree(t *testing.T, hook string, worse, better []event.Event) {
	t.Helper()
	if len(worse) != len(better) {
		return // check has said it
	}
	for i := range better {
		a, b := plain(worse[i]), plain(better[i])
		for arg := range b.Shape.Args {
			x, y := a.Values[arg], b.Values[arg]
			if x.Kind() != y.Kind() || fmt.Sprint(x) != fmt.Sprint(y) {
				t.Errorf("%s: %s is %+v at %s and %+v at %s", b.Name(), b.Shape.Args[arg].Name, x, worse[i].Hook, y, hook)
			}
		}
		if !reflect.DeepEqual(a.Context, b.Context) {
			t.Errorf("%s: context at %s\n%+v\nat %s\n%+v", b.Name(), worse[i].Hook, a.Context, hook, b.Context)
		}
		if a.Syscall != b.Syscall || a.Compat != b.Compat {
			t.Errorf("%s: in %s at %s, in %s at %s", b.Name(), a.Syscall, worse[i].Hook, b.Syscall, hook)
		}
	}
}

// plain leaves out what two performances cannot have in common, and what the
// end of an exec knows otherwise than its beginning: the new program's name.
func plain(e event.Event) event.Event {
	c := *e.Context
	c.PID, c.TID, c.HostPID, c.HostTID = 0, 0, 0, 0
	c.ThreadStartTime, c.ThreadEntityID, c.ProcessEntityID = 0, 0, 0
	if e.Name() == "security_bprm_check" {
		c.ProcessName, c.Executable = "", ""
	}
	e.Context = &c
	return e
}
