package probe

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/services/collector/hierarchy"
)

// facts are what a thread can find out about itself without Weir. They are read
// through the /proc of the host, also inside other namespaces, so that both
// numbers of a process are known.
type facts struct {
	HostPID, HostTID, HostPPID int32
	PID, TID, PPID             int32
	UID, GID, EUID, LoginUID   uint32
	// Start times are in clock ticks since boot.
	Ticks, LeaderTicks, ParentTicks int64
	MountNS, PIDNS, NetNS           uint32
	CgroupID, UnifiedCgroupID       uint64
	Capabilities                    uint64
	TTY                             uint32
	Comm, HostName                  string
}

// status is a file of lines "key: values".
func status(path string) (map[string][]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	found := map[string][]string{}
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		key, value, _ := strings.Cut(s.Text(), ":")
		found[key] = strings.Fields(value)
	}
	return found, nil
}

// statFields are the fields of /proc/…/stat from the third on, the state.
func statFields(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:])), nil
}

// reader parses numbers and keeps the first error.
type reader struct{ err error }

func (r *reader) number(text string, base int) uint64 {
	n, err := strconv.ParseInt(text, base, 64)
	if err != nil {
		// The capabilities' highest bits do not fit a signed number.
		u, unsigned := strconv.ParseUint(text, base, 64)
		if unsigned == nil {
			return u
		}
		r.fail(err)
	}
	return uint64(n)
}

func (r *reader) last(list []string) int32 {
	if len(list) == 0 {
		r.fail(fmt.Errorf("no number"))
		return 0
	}
	return int32(r.number(list[len(list)-1], 10))
}

func (r *reader) inode(path string) uint64 {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		r.fail(fmt.Errorf("%s: %w", path, err))
	}
	return st.Ino
}

func (r *reader) fail(err error) {
	if r.err == nil && err != nil {
		r.err = err
	}
}

func (r *reader) stat(path string) (tty uint32, ticks int64) {
	f, err := statFields(path)
	if err != nil {
		r.fail(err)
		return 0, 0
	}
	return uint32(r.number(f[4], 10)), int64(r.number(f[19], 10))
}

// kernelBefore reports whether the kernel is older than a version.
func kernelBefore(major, minor int) bool {
	var name unix.Utsname
	var a, b int
	if unix.Uname(&name) != nil {
		return false
	}
	n, err := fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &a, &b)
	return err == nil && n == 2 && (a < major || a == major && b < minor)
}

// groups are the hierarchies that contexts tell of.
type groups struct{ main, unified hierarchy.Hierarchy }

// ownFacts describes the thread of this process that has that directory, where
// it is the calling thread or one that is like it.
func ownFacts(own string, g groups) (facts, error) {
	var r reader
	s, err := status(own + "status")
	if err != nil {
		return facts{}, err
	}
	f := facts{
		HostPID: r.last(s["Tgid"]), HostTID: r.last(s["Pid"]), HostPPID: r.last(s["PPid"]),
		PID: r.last(s["NStgid"]), TID: r.last(s["NSpid"]), LoginUID: 1<<32 - 1,
		UID: uint32(r.number(s["Uid"][0], 10)), EUID: uint32(r.number(s["Uid"][1], 10)),
		GID: uint32(r.number(s["Gid"][0], 10)), Capabilities: r.number(s["CapEff"][0], 16),
		MountNS: uint32(r.inode(own + "ns/mnt")), PIDNS: uint32(r.inode(own + "ns/pid")),
		NetNS: uint32(r.inode(own + "ns/net")),
	}
	f.TTY, f.Ticks = r.stat(own + "stat")
	_, f.LeaderTicks = r.stat(fmt.Sprintf("/proc/%d/stat", f.HostPID))
	_, f.ParentTicks = r.stat(fmt.Sprintf("/proc/%d/stat", f.HostPPID))
	parent, err := status(fmt.Sprintf("/proc/%d/status", f.HostPPID))
	r.fail(err)
	f.PPID = r.last(parent["NStgid"])
	if login, err := os.ReadFile(own + "loginuid"); err == nil {
		f.LoginUID = uint32(r.number(strings.TrimSpace(string(login)), 10))
	}
	comm, err := os.ReadFile(own + "comm")
	r.fail(err)
	f.Comm = strings.TrimSuffix(string(comm), "\n")
	var name unix.Utsname
	r.fail(unix.Uname(&name))
	f.HostName = unix.ByteSliceToString(name.Nodename[:])
	f.HostName = f.HostName[:min(len(f.HostName), 16)]
	f.CgroupID = r.cgroup(g.main)
	f.UnifiedCgroupID = f.CgroupID
	if g.main.V1 && g.unified.Mount != "" {
		f.UnifiedCgroupID = r.cgroup(g.unified)
	}
	return f, r.err
}

func (r *reader) cgroup(h hierarchy.Hierarchy) uint64 {
	text, err := os.ReadFile("/proc/thread-self/cgroup")
	r.fail(err)
	path, ok := h.PathOf(string(text))
	if !ok {
		r.fail(fmt.Errorf("not in hierarchy %d", h.ID))
	}
	return r.inode(filepath.Join(h.Mount, path))
}
