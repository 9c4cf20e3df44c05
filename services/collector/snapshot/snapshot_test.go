package snapshot

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

// sink decodes records.
type sink struct {
	t      *testing.T
	d      record.Decoder
	events []event.Event
}

func newSink(t *testing.T) *sink {
	s := &sink{t: t}
	s.d.Reset(&eventpb.Envelope{Node: "n", BootTime: 1_700_000_000_000_000_000})
	return s
}

func (s *sink) Record(rec []byte) {
	var e event.Event
	if err := s.d.Decode(slices.Clone(rec), uint64(len(s.events)), &e); err != nil {
		s.t.Error(err)
	}
	s.events = append(s.events, e)
}
func (s *sink) Batch(*eventpb.RawBatch) {}
func (s *sink) Lost(*eventpb.Loss)      {}
func (s *sink) Idle() time.Duration     { return 0 }

func (s *sink) process(pid int) *event.Event {
	for i, e := range s.events {
		if e.Name() == "existing_process" && int(e.Context.HostPID) == pid {
			return &s.events[i]
		}
	}
	return nil
}

func take(t *testing.T) *sink {
	t.Helper()
	snap, err := New("/proc")
	if err != nil {
		t.Skipf("no cgroups here: %v", err)
	}
	s := newSink(t)
	if err := snap.Run(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOwnProcess(t *testing.T) {
	s := take(t)
	e := s.process(os.Getpid())
	if e == nil {
		t.Fatal("this process is not there")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	argv, _ := e.Arg("argv")
	c := e.Context
	if path, _ := e.Arg("pathname"); path.Text() != exe || c.Executable != exe || !slices.Equal(argv.List(), os.Args) {
		t.Errorf("program %q %q", path.Text(), argv.List())
	}
	if int(c.HostPPID) != os.Getppid() || int(c.UID) != os.Getuid() || int(c.EUID) != os.Geteuid() || c.PIDNS == 0 ||
		c.MountNS == 0 || c.ProcessName == "" || e.Hook != "procfs" {
		t.Errorf("context %+v", c)
	}
	host, _ := os.Hostname()
	if !strings.HasPrefix(host, c.HostName) || c.HostName == "" {
		t.Errorf("host name %q", c.HostName)
	}
	parent := s.process(os.Getppid())
	if parent == nil || parent.Context.ProcessEntityID != c.ParentEntityID {
		t.Errorf("the parent's entity is %+v, not %d", parent, c.ParentEntityID)
	}
	found := false
	for _, g := range s.events {
		if id, _ := g.Arg("cgroup_id"); g.Name() == "existing_cgroup" {
			n, _ := id.Uint()
			found = found || n == c.CgroupID
		}
	}
	if !found && c.CgroupID != 0 {
		t.Errorf("cgroup %d is not among the existing ones", c.CgroupID)
	}
}

func TestChild(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	e := take(t).process(cmd.Process.Pid)
	if e == nil || int(e.Context.HostPPID) != os.Getpid() {
		t.Fatalf("the child is %+v", e)
	}
	start, _ := e.Arg("start_time")
	if n, _ := start.Uint(); int64(n) != e.Context.ThreadStartTime || n%tick != 0 {
		t.Errorf("start %v, thread %d", start, e.Context.ThreadStartTime)
	}
}

func TestCgroupRoot(t *testing.T) {
	for _, e := range take(t).events {
		if e.Name() == "existing_cgroup" {
			if path, _ := e.Arg("cgroup_path"); path.Text() != "/" {
				t.Errorf("the first cgroup is %q", path.Text())
			}
			return
		}
	}
	t.Error("no cgroup")
}

func TestParseStat(t *testing.T) {
	tail := " S 12 5 5 -2147449596 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 999 1"
	for _, c := range []struct{ name, text, comm, err string }{
		{"plain", "7 (cat)" + tail, "cat", ""},
		{"brackets and spaces in the name", "7 (a) (b c)" + tail, "a) (b c", ""},
		{"newline in the name", "7 (a\nb)" + tail, "a\nb", ""},
		{"empty", "", "", "without a name"},
		{"short", "7 (cat) S 12", "", "with 4 fields"},
		{"parent", "7 (cat) S x" + strings.Repeat(" 1", 30), "", "parent"},
		{"terminal", "7 (cat) S 1 2 3 x" + strings.Repeat(" 1", 30), "", "terminal"},
		{"start", "7 (cat) S 1 2 3 4" + strings.Repeat(" x", 30), "", "start time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p process
			err := p.parseStat(c.text)
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Fatalf("error %v, want %q", err, c.err)
			}
			if err == nil && (p.comm != c.comm || p.ppid != 12 || p.start != 12345*tick || p.tty != 0x80008504) {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestParseStatus(t *testing.T) {
	p := process{nsPID: 900}
	p.parseStatus("Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nNSpid:\t900\t17\t1\nCapEff:\t8000000000000401\n")
	if p.uid != 1 || p.euid != 2 || p.gid != 5 || p.nsPID != 1 || p.capabilities != 1<<63|1<<10|1 {
		t.Errorf("%+v", p)
	}
	p = process{}
	p.parseStatus("Uid:\nGid:\tx\nNSpid:\nCapEff:\tx")
	if p.uid != 0 || p.gid != 0 || p.capabilities != 0 {
		t.Errorf("%+v", p)
	}
}

func TestProgramPath(t *testing.T) {
	for link, want := range map[string]string{
		"/usr/bin/cat": "/usr/bin/cat", "/tmp/x (deleted)": "/tmp/x", "/memfd:evil (deleted)": "memfd:evil",
		"/memfd:": "memfd:", "": "",
	} {
		if got := programPath(link); got != want {
			t.Errorf("programPath(%q) = %q, want %q", link, got, want)
		}
	}
}

func TestProcessThatIsGone(t *testing.T) {
	if _, err := readProcess(filepath.Join(t.TempDir(), "1"), 1); !gone(err) {
		t.Errorf("error %v", err)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add("7 (cat) S 12 5 5 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 999 1")
	f.Fuzz(func(t *testing.T, text string) {
		var p process
		if p.parseStat(text) == nil && !strings.Contains(text, "("+p.comm+")") {
			t.Fatalf("name %q is not in %q", p.comm, text)
		}
		p.parseStatus(text)
	})
}

// FuzzReadProcess reads a process whose files hold whatever: what comes of it is
// a record that can be read.
func FuzzReadProcess(f *testing.F) {
	stat := "7 (cat) S 12 5 5 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 999 1"
	f.Add(stat, "Uid:\t1\t2\t3\t4\nNSpid:\t900\t1\n", "/bin/cat\x00x\x00", "0::/docker/"+strings.Repeat("a", 64)+"\n", "1000\n")
	f.Add(stat, "", "", "12:pids:/a\n1:name=systemd:/b\n0::/c\n", "x")
	snap, err := New("/proc")
	if err != nil {
		f.Skip("no cgroups here: ", err)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, stat, status, cmdline, cgroup, login string) {
		for name, text := range map[string]string{
			"stat": stat, "status": status, "cmdline": cmdline, "cgroup": cgroup, "loginuid": login,
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p, err := readProcess(dir, 7)
		if err != nil {
			return
		}
		var b record.Builder
		snap.process(&b, p, process{}, 1)
		s := newSink(t)
		s.Record(b.End())
		if len(s.events) != 1 {
			t.Errorf("%d events", len(s.events))
		}
	})
}
