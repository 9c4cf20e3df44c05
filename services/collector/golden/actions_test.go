package golden

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// home is where actions happen, a name that tells nothing of the machine.
	home = "/tmp/weir-golden"
	// actor is this test's binary, as the program that is observed.
	actor = home + "/actor"
	// acting is the name of a thread while it acts.
	acting = "golden"
	// actionKey is the variable that makes the binary act.
	actionKey = "WEIR_GOLDEN"
)

// action causes events.
type action struct {
	family string
	// events are what is kept of it.
	events []string
	// act is called in a process of its own; nil where the harness itself acts.
	act func() error
}

// actions are what is performed, by name. A syscall that none of them is for is
// called as actSyscall does.
func actions() map[string]action {
	return map[string]action{
		"exec":  {family: "process", events: []string{"sched_process_exec", "execve", "sched_process_exit"}, act: actExec},
		"execs": {family: "process", events: []string{"execve", "execveat"}, act: actFailedExecs},
		"fork":  {family: "process", events: []string{"sched_process_fork"}, act: actFork},
		"files": {
			family: "files", events: []string{"open", "openat", "openat2", "creat", "security_file_open"}, act: actFiles,
		},
		"rename":  {family: "derived", events: []string{"security_inode_rename"}, act: actRename},
		"mount":   {family: "derived", events: []string{"security_sb_mount"}, act: actMount},
		"load":    {family: "derived", events: []string{"security_kernel_read_file"}, act: actLoad},
		"check":   {family: "derived", events: []string{"security_bprm_check"}, act: actExec},
		"protect": {family: "derived", events: []string{"mem_prot_alert"}, act: actProtect},
		"write":   {family: "derived", events: []string{"magic_write"}, act: actWrite},
		"dup":     {family: "derived", events: []string{"socket_dup"}, act: actDup},
		"ring":    {family: "derived", events: []string{"io_uring_submit"}, act: actRing},
		"forks":   {family: "forks", events: []string{"fork", "vfork"}, act: actForks},
		"resolve": {
			family: "dns", events: []string{"net_packet_dns", "net_packet_dns_request", "net_packet_dns_response"},
			act: actResolve,
		},
		"connect": {family: "network", events: []string{"connect", "security_socket_connect"}, act: actConnect},
		"cgroups": {family: "cgroups", events: []string{"cgroup_mkdir", "cgroup_rmdir"}},
		"before":  {family: "before", events: []string{"existing_process", "existing_cgroup"}},
	}
}

// perform acts in a thread that is named for it.
func perform(name string) error {
	runtime.LockOSThread()
	act := actions()[name].act
	if number, ok := strings.CutPrefix(name, "syscall "); ok {
		act = func() error { return actSyscall(number) }
	}
	if act == nil {
		return fmt.Errorf("no action %q", name)
	}
	if err := setName(acting); err != nil {
		return err
	}
	err := act()
	return errors.Join(err, setName("over"))
}

func setName(name string) error {
	text := append([]byte(name), 0)
	return unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&text[0])), 0, 0, 0)
}

// actSyscall calls what the kernel is sure to refuse, or to answer harmlessly:
// there is no file, pid, address or flag that is -1.
func actSyscall(number string) error {
	nr, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	const no = ^uintptr(0)
	_, _, _ = syscall.RawSyscall6(uintptr(nr), no, no, no, no, no, no)
	return nil
}

func actExec() error {
	return unix.Exec("/bin/true", []string{"true", "one", "two words"}, []string{"PATH=/usr/bin:/bin", "MARK=1"})
}

func actFailedExecs() error {
	err := unix.Exec("/no/such/program", []string{"a0", ""}, []string{"MARK=2"})
	path, _ := unix.BytePtrFromString("")
	_, _, errno := unix.Syscall6(unix.SYS_EXECVEAT, ^uintptr(0), uintptr(unsafe.Pointer(path)), 0, 0, unix.AT_EMPTY_PATH, 0)
	if !errors.Is(err, unix.ENOENT) || errno == 0 {
		return fmt.Errorf("programs that are not there: %w, %w", err, errno)
	}
	return nil
}

func actFork() error { return exec.Command("/bin/true").Run() }

func actFiles() error {
	dir, err := unix.Open(home, unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	file := home + "/file"
	if err := errors.Join(os.RemoveAll(file), os.RemoveAll(home+"/link"), unix.Symlinkat("file", dir, "link")); err != nil {
		return err
	}
	if err := openOld(file); err != nil {
		return err
	}
	if _, err := unix.Openat(dir, "link", unix.O_RDWR|unix.O_APPEND, 0); err != nil {
		return err
	}
	if _, err := unix.Openat2(dir, "./file", &unix.OpenHow{Flags: unix.O_RDONLY, Resolve: unix.RESOLVE_BENEATH}); err != nil {
		return err
	}
	if _, err := unix.Openat(dir, "missing", unix.O_RDONLY, 0); !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("open of nothing: %w", err)
	}
	return nil
}

func actConnect() error {
	socket := home + "/socket"
	if err := os.RemoveAll(socket); err != nil {
		return err
	}
	for _, l := range [][2]string{{"tcp4", "127.0.0.1:47113"}, {"tcp6", "[::1]:47113"}, {"unix", socket}} {
		listener, err := net.Listen(l[0], l[1])
		if err != nil {
			return err
		}
		if err := connect(l[0], listener.Addr()); err != nil {
			return err
		}
		if err := listener.Close(); err != nil {
			return err
		}
	}
	return nil
}

// connect is net.Dial in this very thread.
func connect(network string, to net.Addr) error {
	family, addr := unix.AF_UNIX, unix.Sockaddr(&unix.SockaddrUnix{Name: to.String()})
	switch a := to.(type) {
	case *net.TCPAddr:
		if network == "tcp4" {
			family, addr = unix.AF_INET, &unix.SockaddrInet4{Port: a.Port, Addr: [4]byte(a.IP.To4())}
		} else {
			family, addr = unix.AF_INET6, &unix.SockaddrInet6{Port: a.Port, Addr: [16]byte(a.IP.To16())}
		}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	return errors.Join(unix.Connect(fd, addr), unix.Close(fd))
}

// cgroup is the folder of the cgroup that processes act in.
func cgroup(mount string) string { return filepath.Join(mount, "weir-golden") }
