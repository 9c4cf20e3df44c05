package probe

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/collector/hierarchy"
)

// someUser has no account anywhere.
const someUser = 12345

// dockerCaps are the capabilities that a container has unless it is told
// otherwise.
const dockerCaps = 0xa80425fb

// perform carries out all cases, in a child.
func perform(where, dir string, more []string) error {
	if err := enter(where, more); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	p, err := newPerformer(where, dir)
	if err != nil {
		return err
	}
	for _, step := range []func(){
		p.names, p.opens, p.writes, p.protections, p.network, p.processes, p.children, p.kernel, p.rings,
		p.cgroups, p.mounts, p.identities, p.refused,
	} {
		step()
	}
	return p.report()
}

// enter makes this process, or its thread, what the cases are performed in.
func enter(where string, more []string) error {
	switch where {
	case "host":
		return loopbackUp()
	case "container":
		for _, dir := range more[1:] {
			if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte("0"), 0); err != nil {
				return err
			}
		}
		if err := unix.Sethostname([]byte(more[0])); err != nil {
			return err
		}
		if err := loopbackUp(); err != nil {
			return err
		}
		return capset(dockerCaps)
	case "user":
		// System calls by themselves change one thread only, the locked one.
		for _, call := range [][4]uintptr{
			{unix.SYS_SETGROUPS},
			{unix.SYS_SETRESGID, someUser, someUser, someUser},
			{unix.SYS_SETRESUID, someUser, someUser, someUser},
		} {
			if _, _, errno := unix.RawSyscall(call[0], call[1], call[2], call[3]); errno != 0 {
				return errno
			}
		}
	}
	return nil
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, req); err != nil || req.Uint16()&unix.IFF_UP != 0 {
		return err
	}
	req.SetUint16(req.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req)
}

func capset(caps uint64) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	low, high := uint32(caps), uint32(caps>>32)
	data := [2]unix.CapUserData{{Effective: low, Permitted: low}, {Effective: high, Permitted: high}}
	return unix.Capset(&header, &data[0])
}

// cgroups are made and removed where the process may do so.
func (p *performer) cgroups() {
	text, err := os.ReadFile("/proc/thread-self/cgroup")
	p.check(err)
	own, _ := p.groups.main.PathOf(string(text))
	path := filepath.Join(own, fmt.Sprintf("weir-case-%s-%d", p.where, unix.Gettid()))
	e := p.call("mkdirat", unix.AT_FDCWD, p.groups.main.Mount+path, 0o755).path("dir_path", p.dir)
	if e.Ret < 0 {
		p.fails(e, unix.EACCES)
		return
	}
	var r reader
	id := event.Uint(r.inode(p.groups.main.Mount + path))
	p.check(r.err)
	of := func(name string, call *expected) {
		p.works(call)
		p.derived(name, call).with("cgroup_id", id).path("cgroup_path", path).
			with("hierarchy_id", event.Uint(uint64(p.groups.main.ID)))
	}
	of("cgroup_mkdir", e)
	of("cgroup_rmdir", p.call("unlinkat", unix.AT_FDCWD, p.groups.main.Mount+path, unix.AT_REMOVEDIR).path("dir_path", p.dir))
}

// performing starts a child that performs in an environment and returns its
// command; it writes what it expects to the file.
func performing(t *testing.T, report *os.File, action string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), "WEIR_TEST_ACTION="+action)
	cmd.ExtraFiles = []*os.File{report}
	cmd.SysProcAttr = new(syscall.SysProcAttr)
	return cmd
}

// contain makes what a container's first process runs in: namespaces, cgroups
// with a name as Docker gives, and a host name.
func contain(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var random [32]byte
	_, _ = rand.Read(random[:])
	id := hex.EncodeToString(random[:])
	cmd.SysProcAttr.Cloneflags = unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC
	cmd.Args = append(cmd.Args, id[:12])
	h, err := hierarchy.Find("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, mount := range []string{h.Mount, "/sys/fs/cgroup/unified"} {
		if _, err := os.Stat(mount + "/cgroup.procs"); err != nil || strings.HasSuffix(cmd.Args[len(cmd.Args)-1], "unified/docker/"+id) {
			continue
		}
		above := filepath.Join(mount, "docker")
		_ = os.Mkdir(above, 0o755)
		dir := filepath.Join(above, id)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.Remove(dir); err != nil {
				t.Error(err)
			}
			_ = os.Remove(above)
		})
		cmd.Args = append(cmd.Args, dir)
	}
}

// terminal gives a child a terminal that controls it.
func terminal(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminal can be made: %v", err)
	}
	t.Cleanup(func() { _ = master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slave.Close() })
	cmd.ExtraFiles = append(cmd.ExtraFiles, slave)
	cmd.SysProcAttr.Setsid, cmd.SysProcAttr.Setctty = true, true
	cmd.SysProcAttr.Ctty = 2 + len(cmd.ExtraFiles)
}
