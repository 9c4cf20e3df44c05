package snapshot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/record"
)

// tick is the unit of start times in /proc: USER_HZ is 100 on every Linux.
const tick = 10_000_000

// process is one process as /proc shows it.
type process struct {
	dir             string
	pid, ppid       int32
	comm            string
	start           uint64
	nsPID           int32
	uid, euid, gid  uint32
	loginUID        uint32
	mountNS, pidNS  uint32
	netNS, tty      uint32
	capabilities    uint64
	sameUTS         bool
	exe, cgroupText string
	args            []string
	// denied is true where the kernel refused some of it.
	denied bool
}

// readProcess reads the files of one process. What only a privileged reader
// may see stays empty.
func readProcess(dir string, pid int32) (process, error) {
	p := process{dir: dir, pid: pid, nsPID: pid, loginUID: 1<<32 - 1}
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return p, err
	}
	if err := p.parseStat(string(stat)); err != nil {
		return p, err
	}
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return p, err
	}
	p.parseStatus(string(status))
	if n, err := strconv.ParseUint(strings.TrimSpace(p.read("loginuid")), 10, 32); err == nil {
		p.loginUID = uint32(n)
	}
	p.mountNS, p.pidNS, p.netNS = p.namespace("ns/mnt"), p.namespace("ns/pid"), p.namespace("ns/net")
	own, _ := os.Readlink(filepath.Join(filepath.Dir(dir), "self/ns/uts"))
	p.sameUTS = own != "" && p.link("ns/uts") == own
	if exe := p.link("exe"); exe != "" {
		p.exe = programPath(exe)
	}
	if line := strings.TrimSuffix(p.read("cmdline"), "\x00"); line != "" {
		p.args = strings.Split(line, "\x00")
	}
	p.cgroupText = p.read("cgroup")
	return p, nil
}

// programPath turns what /proc shows into what the kernel programs tell: they
// do not mark deleted files, and a memfd is in no directory.
func programPath(link string) string {
	path := strings.TrimSuffix(link, " (deleted)")
	if strings.HasPrefix(path, "/memfd:") {
		return path[1:]
	}
	return path
}

// read returns a file of the process, or "" where it may not be read.
func (p *process) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(p.dir, name))
	return string(text)
}

// link returns where a link of the process leads, or "" where that may not be
// seen: some kernels (5.10) then say nothing instead of an error.
func (p *process) link(name string) string {
	to, err := os.Readlink(filepath.Join(p.dir, name))
	p.denied = p.denied || errors.Is(err, fs.ErrPermission) || err == nil && to == ""
	return to
}

// namespace returns the inode that a link like "mnt:[4026531841]" names.
func (p *process) namespace(name string) uint32 {
	_, rest, _ := strings.Cut(p.link(name), "[")
	n, _ := strconv.ParseUint(strings.TrimSuffix(rest, "]"), 10, 32)
	return uint32(n)
}

// parseStat reads /proc/PID/stat: the name, which may hold anything, is what
// stands between the first "(" and the last ")".
func (p *process) parseStat(text string) error {
	open, shut := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || shut < open {
		return fmt.Errorf("stat without a name: %q", text)
	}
	p.comm = text[open+1 : shut]
	f := strings.Fields(text[shut+1:])
	if len(f) < 20 {
		return fmt.Errorf("stat with %d fields", len(f)+2)
	}
	ppid, err := strconv.ParseInt(f[1], 10, 32)
	if err != nil {
		return fmt.Errorf("parent in stat: %w", err)
	}
	// A device number of 32 bits, which the kernel prints with a sign.
	tty, err := strconv.ParseInt(f[4], 10, 32)
	if err != nil {
		return fmt.Errorf("terminal in stat: %w", err)
	}
	ticks, err := strconv.ParseUint(f[19], 10, 64)
	if err != nil {
		return fmt.Errorf("start time in stat: %w", err)
	}
	p.ppid, p.start, p.tty = int32(ppid), ticks*tick, uint32(tty)
	return nil
}

// parseStatus reads ids and capabilities from /proc/PID/status.
func (p *process) parseStatus(text string) {
	for line := range strings.Lines(text) {
		key, rest, _ := strings.Cut(line, ":")
		f := strings.Fields(rest)
		number := func(i int) uint32 {
			if i < 0 || i >= len(f) {
				return 0
			}
			n, _ := strconv.ParseUint(f[i], 10, 32)
			return uint32(n)
		}
		switch key {
		case "Uid":
			p.uid, p.euid = number(0), number(1)
		case "Gid":
			p.gid = number(0)
		case "CapEff":
			p.capabilities, _ = strconv.ParseUint(strings.TrimSpace(rest), 16, 64)
		case "NSpid":
			// The last is the one in the innermost namespace.
			p.nsPID = int32(number(len(f) - 1))
		}
	}
}

// process writes the record of one process into b. A parent that is not known has
// no start.
func (s *Snapshot) process(b *record.Builder, p, parent process, now uint64) {
	path, known := s.groups.PathOf(p.cgroupText)
	h := record.Header{
		Type: catalogue.ExistingProcess, Hook: record.HookProcfs, Time: now,
		HostPID: p.pid, HostTID: p.pid, HostPPID: p.ppid,
		PID: p.nsPID, TID: p.nsPID, PPID: parent.nsPID,
		UID: p.uid, EUID: p.euid, GID: p.gid, LoginUID: p.loginUID,
		StartTime: p.start, LeaderStart: p.start, ParentStart: parent.start,
		MountNS: p.mountNS, PIDNS: p.pidNS, NetNS: p.netNS, Sysno: -1,
		Capabilities: p.capabilities, TTY: p.tty,
	}
	if known {
		h.CgroupID = s.cgroupID(path)
	}
	h.UnifiedCgroupID = s.unifiedID(h.CgroupID, p.cgroupText)
	copy(h.Comm[:15], p.comm)
	if name, err := os.Hostname(); err == nil && p.sameUTS {
		copy(h.NodeName[:], name)
	}
	b.Begin(h).Text(0, p.exe).Texts(1, p.args).Start(3, p.start)
	if known {
		b.Text(2, path)
	}
}
