package snapshot

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/services/collector/hierarchy"
)

// ptmx opens a new terminal and returns the end that programs have.
func ptmx(t *testing.T) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		skip(t, "no terminal can be made: "+err.Error())
	}
	t.Cleanup(func() { _ = master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	end, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = end.Close() })
	return end
}

// The context holds the terminal, capabilities and namespaces that a process has,
// and no others.
func TestContextOfAProcess(t *testing.T) {
	needRoot(t)
	const netAdmin = 12
	end := ptmx(t)
	cmd := exec.Command("sleep", "60")
	cmd.Stdin = end
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true, Setctty: true, Credential: &syscall.Credential{Uid: 65534, Gid: 65534},
		AmbientCaps: []uintptr{netAdmin}, Cloneflags: unix.CLONE_NEWNET,
	}
	if err := cmd.Start(); err != nil {
		skip(t, "no network namespace can be made: "+err.Error())
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var terminal, network, own unix.Stat_t
	for _, err := range []error{
		unix.Fstat(int(end.Fd()), &terminal), unix.Stat("/proc/self/ns/net", &own),
		unix.Stat(fmt.Sprintf("/proc/%d/ns/net", cmd.Process.Pid), &network),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s := take(t)
	e := s.process(cmd.Process.Pid)
	if e == nil {
		t.Fatal("the child is not there")
	}
	if c := e.Context; c.TTY != uint32(terminal.Rdev) || c.Capabilities != 1<<netAdmin || c.NetNS != uint32(network.Ino) {
		t.Errorf("terminal %x, want %x; capabilities %x, want %x; network %d, want %d",
			c.TTY, terminal.Rdev, c.Capabilities, 1<<netAdmin, c.NetNS, network.Ino)
	}
	if c := s.process(os.Getpid()).Context; c.NetNS != uint32(own.Ino) || c.NetNS == uint32(network.Ino) {
		t.Errorf("the network of this process is %d, want %d", c.NetNS, own.Ino)
	}
}

// A process in a pid namespace knows its parent there by another number.
func TestNumbersInANamespace(t *testing.T) {
	needRoot(t)
	cmd := exec.Command("sh", "-c", "sleep 60; true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
	if err := cmd.Start(); err != nil {
		skip(t, "no pid namespace can be made: "+err.Error())
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for began := time.Now(); time.Since(began) < 30*time.Second; {
		for _, e := range take(t).events {
			if c := e.Context; e.Name() == "existing_process" && int(c.HostPPID) == cmd.Process.Pid {
				if c.PID != 2 || c.PPID != 1 || c.HostPID == c.PID {
					t.Errorf("context %+v", c)
				}
				return
			}
		}
	}
	t.Error("the shell has no child")
}

// Where cgroup v1 is used, the id of the v2 cgroup is told beside it.
func TestUnifiedCgroup(t *testing.T) {
	v1, v2 := t.TempDir(), t.TempDir()
	id := func(dir string) uint64 {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		return inode(dir)
	}
	text := "7:pids:/one\n0::/two\n"
	one, two := id(filepath.Join(v1, "one")), id(filepath.Join(v2, "two"))
	for _, c := range []struct {
		name   string
		groups hierarchy.Hierarchy
		text   string
		want   uint64
	}{
		{"v1 and v2", hierarchy.Hierarchy{ID: 7, Mount: v1, V1: true, Unified: v2}, text, two},
		{"v1 alone", hierarchy.Hierarchy{ID: 7, Mount: v1, V1: true}, text, one},
		{"v2", hierarchy.Hierarchy{Mount: v2, Unified: v2}, text, one},
		{"not in v2", hierarchy.Hierarchy{ID: 7, Mount: v1, V1: true, Unified: v2}, "7:pids:/one\n", 0},
	} {
		s := &Snapshot{groups: c.groups}
		if got := s.unifiedID(one, c.text); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
