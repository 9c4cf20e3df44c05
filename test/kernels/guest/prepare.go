package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/test/kernels/wire"
)

// mount is one file system that the system has.
type mount struct{ kind, at, options string }

// mounts are those of every system, in their order.
func mounts() []mount {
	return []mount{
		{"proc", "/proc", ""},
		{"sysfs", "/sys", ""},
		{"devtmpfs", "/dev", ""},
		{"devpts", "/dev/pts", ""},
		{"tmpfs", "/dev/shm", ""},
		{"tmpfs", "/tmp", "mode=1777"},
		{"tmpfs", "/run", "mode=0755"},
		{"bpf", "/sys/fs/bpf", ""},
		{"tracefs", "/sys/kernel/tracing", ""},
		{"securityfs", "/sys/kernel/security", ""},
		{"debugfs", "/sys/kernel/debug", ""},
	}
}

// cgroups are the mounts of cgroup v2 alone, or of v1 and v2 side by side.
func cgroups(hybrid bool) []mount {
	const at = "/sys/fs/cgroup"
	if !hybrid {
		return []mount{{"cgroup2", at, ""}}
	}
	list := []mount{{"tmpfs", at, "mode=0755"}, {"cgroup2", at + "/unified", ""}}
	for _, controllers := range []string{"pids", "cpu,cpuacct", "devices", "freezer"} {
		list = append(list, mount{"cgroup", at + "/" + controllers, controllers})
	}
	return list
}

// prepare makes the system what tests expect. It returns what could not be done:
// kernels differ in what they have.
func prepare(job wire.Job) (problems []error) {
	list := slices.Concat(mounts(), cgroups(job.Hybrid))
	if job.HideBTF {
		list = append(list, mount{"tmpfs", "/sys/kernel/btf", "mode=0755"})
	}
	for _, m := range list {
		if err := m.mount(); err != nil {
			problems = append(problems, err)
		}
	}
	problems = append(problems,
		os.Symlink("/proc/self/fd", "/dev/fd"),
		unix.Sethostname([]byte("guest")),
		command("/bin/busybox", "--install", "-s", "/bin"),
		command("/bin/busybox", "ip", "link", "set", "lo", "up"),
	)
	return slices.DeleteFunc(problems, func(err error) bool { return err == nil })
}

func (m mount) mount() error {
	err := os.MkdirAll(m.at, 0o755)
	if err == nil {
		err = unix.Mount(m.kind, m.at, m.kind, 0, m.options)
	}
	if err != nil && !errors.Is(err, unix.EBUSY) { // mounted by the kernel itself
		return fmt.Errorf("mount %s at %s: %w", m.kind, m.at, err)
	}
	return nil
}

func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
