package hierarchy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	hybrid = `30 23 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro
31 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
33 30 0:29 / /sys/fs/cgroup/pi\040ds rw shared:9 - cgroup cgroup rw,pids
`
	unified = "24 23 0:20 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
	v1only  = "33 30 0:29 / /cg/pids rw - cgroup cgroup rw,pids\n"
	without = "32 30 0:28 / /cg/cpu rw - cgroup cgroup rw,cpu\nbroken line\n"
	groups  = "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t2\t1\t1\npids\t8\t10\t1\n"
)

func TestFind(t *testing.T) {
	for _, c := range []struct {
		name, mounts, groups string
		want                 Hierarchy
		err                  string
	}{
		{"hybrid", hybrid, groups, Hierarchy{ID: 8, Mount: "/sys/fs/cgroup/pi ds", V1: true, Unified: "/sys/fs/cgroup/unified"}, ""},
		{"unified", unified, "pids\t0\t10\t1\n", Hierarchy{Mount: "/sys/fs/cgroup", Unified: "/sys/fs/cgroup"}, ""},
		{"v1", v1only, groups, Hierarchy{ID: 8, Mount: "/cg/pids", V1: true}, ""},
		{"v1 mounted but moved to v2", v1only + unified, "pids\t0\t1\t1\n", Hierarchy{Mount: "/sys/fs/cgroup", Unified: "/sys/fs/cgroup"}, ""},
		{"none", without, groups, Hierarchy{}, "neither"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "self/mountinfo"), c.mounts)
			write(t, filepath.Join(dir, "cgroups"), c.groups)
			got, err := Find(dir)
			if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%+v, %v; want %+v, %q", got, err, c.want, c.err)
			}
		})
	}
	if _, err := Find(t.TempDir()); err == nil {
		t.Error("no error without /proc")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPathOf(t *testing.T) {
	text := "8:pids:/docker/ab:c\n1:name=systemd:/\n0::/system.slice\n"
	for _, c := range []struct {
		id   int
		want string
		ok   bool
	}{{8, "/docker/ab:c", true}, {0, "/system.slice", true}, {3, "", false}} {
		if got, ok := (Hierarchy{ID: c.id}).PathOf(text); got != c.want || ok != c.ok {
			t.Errorf("PathOf hierarchy %d = %q, %v", c.id, got, ok)
		}
	}
}

// This machine has one, and our own process is in it.
func TestThisMachine(t *testing.T) {
	h, err := Find("/proc")
	if err != nil {
		t.Skipf("no cgroups here: %v", err)
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	path, ok := h.PathOf(string(own))
	if !ok {
		t.Fatalf("not in %+v:\n%s", h, own)
	}
	if _, err := os.Stat(filepath.Join(h.Mount, path)); err != nil {
		t.Skipf("the mount does not show our cgroup: %v", err)
	}
}
