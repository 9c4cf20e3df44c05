package bpf

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/interest"

	"github.com/weirsec/weir/schemas/record"
)

// load loads the programs or skips; with WEIR_REQUIRE=ebpf it fails instead.
func load(t *testing.T, o Options) *Programs {
	t.Helper()
	p, err := Load(o)
	if err != nil {
		if strings.Contains(os.Getenv("WEIR_REQUIRE"), "ebpf") {
			t.Fatal(err)
		}
		t.Skipf("eBPF does not work here: %v", err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func counter(t *testing.T, p *Programs, typ catalogue.Type) Counter {
	t.Helper()
	list, err := p.Counters()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.Type == typ {
			return c
		}
	}
	return Counter{}
}

// The C struct and record.Header must lie in memory alike: bpf2go made Go of
// the first from the object's own types.
func TestHeaderLayout(t *testing.T) {
	c, g := reflect.TypeFor[fastWeirHdr](), reflect.TypeFor[record.Header]()
	if c.Size() != g.Size() {
		t.Fatalf("C has %d bytes, Go %d", c.Size(), g.Size())
	}
	offsets := map[uintptr]uintptr{}
	for f := range c.Fields() {
		if f.Type.Size() > 0 {
			offsets[f.Offset] = f.Type.Size()
		}
	}
	for f := range g.Fields() {
		if size, ok := offsets[f.Offset]; !ok || size != f.Type.Size() {
			t.Errorf("%s at %d has %d bytes, in C %d", f.Name, f.Offset, f.Type.Size(), size)
		}
	}
}

func TestAttachments(t *testing.T) {
	p := load(t, Options{})
	state := func() map[string]Attachment {
		byName := map[string]Attachment{}
		for _, a := range p.Attachments() {
			byName[a.Event] = a
		}
		return byName
	}
	all := state()
	for _, name := range []string{"sched_process_exec", "sched_process_fork", "sched_process_exit", "cgroup_mkdir"} {
		if a := all[name]; !a.Attached || a.Hook != "tp" {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if a := all["openat"]; a.Attached || a.Reason != "" {
		t.Errorf("openat before anyone wants it: %+v", a)
	}
	for e := range catalogue.All() {
		_, listed := all[e.Name]
		made := e.Hooks[0] != catalogue.Procfs && e.Hooks[0] != catalogue.Runtime && e.Type != catalogue.EventFlood
		if listed != made {
			t.Errorf("%s, observed at %v, is listed: %v", e.Name, e.Hooks, listed)
		}
	}
	if err := p.SetInterest(interest.Of("openat", "no_such_event")); err != nil {
		t.Fatal(err)
	}
	all = state()
	if !all["openat"].Attached || all["connect"].Attached {
		t.Errorf("openat %+v, connect %+v", all["openat"], all["connect"])
	}
	if err := p.SetInterest(interest.Of("*")); err != nil {
		t.Fatal(err)
	}
	for name, a := range state() {
		if !a.Attached || a.Reason != "" {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// Nobody reads the rings here, so everything that does not fit is a drop, and
// the counters must say so exactly.
func TestCountersAddUp(t *testing.T) {
	p := load(t, Options{PriorityRing: 4096, BulkRing: 4096})
	if err := p.SetInterest(interest.Of("openat")); err != nil {
		t.Fatal(err)
	}
	const children = 40
	for range children {
		if err := exec.Command("/bin/true").Run(); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Detach(); err != nil {
		t.Fatal(err)
	}
	for _, typ := range []catalogue.Type{catalogue.SchedProcessExec, catalogue.SchedProcessFork, catalogue.SchedProcessExit, catalogue.Openat} {
		c := counter(t, p, typ)
		if c.Seen < children || !c.Balanced() || c.Lost() == 0 {
			t.Errorf("%s: %+v", typ, c)
		}
	}
	if c := counter(t, p, catalogue.Connect); c.Seen != 0 {
		t.Errorf("connect is off: %+v", c)
	}
	if missed, err := p.Missed(); err != nil || missed != 0 && !preemptible(t) {
		t.Errorf("missed %d, %v", missed, err)
	}
}

// preemptible tells kernels on which a tracepoint's program can lose its
// processor to another task: since 7.0, where the kernel is built to preempt.
// What that task does meanwhile the same program misses, and the kernel counts.
func preemptible(t *testing.T) bool {
	t.Helper()
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	var major int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.", &major); err != nil {
		t.Fatal(err)
	}
	return major >= 7 && strings.Contains(unix.ByteSliceToString(u.Version[:]), "PREEMPT")
}

func TestSelfIsLeftOut(t *testing.T) {
	p := load(t, Options{Self: []int{os.Getpid()}})
	if err := p.SetInterest(interest.Of("openat")); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := os.Stat("/etc/passwd"); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open("/etc/passwd")
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}
	if err := p.SetInterest(interest.Interest{}); err != nil {
		t.Fatal(err)
	}
	// Others may open files meanwhile; a hundred of them by chance would be odd.
	if c := counter(t, p, catalogue.Openat); c.Seen >= 100 {
		t.Errorf("own events are recorded: %+v", c)
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		ok   bool
	}{
		{"defaults", Options{}, true},
		{"a page", Options{PriorityRing: os.Getpagesize()}, true},
		{"less than a page", Options{BulkRing: 1024}, false},
		{"not a power of two", Options{BulkRing: 12 << 10}, false},
		{"negative", Options{PriorityRing: -4096}, false},
		{"too large", Options{PriorityRing: 2 << 30}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.o.Validate(); (err == nil) != c.ok {
				t.Errorf("error %v", err)
			}
		})
	}
	if _, err := Load(Options{BulkRing: 1}); err == nil {
		t.Error("Load accepts a ring of one byte")
	}
}

func TestRequirements(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"new kernel", checkRelease("6.18.44-fc"), ""},
		{"oldest kernel", checkRelease("5.10.0-30-amd64"), ""},
		{"old kernel", checkRelease("5.9.16"), "this is 5.9.16"},
		{"very old kernel", checkRelease("4.19.0"), "too old"},
		{"odd release", checkRelease("next"), "kernel release"},
		{"no lockdown", checkLockdown("[none] integrity confidentiality\n"), ""},
		{"integrity", checkLockdown("none [integrity] confidentiality\n"), ""},
		{"confidentiality", checkLockdown("none integrity [confidentiality]\n"), "locked down"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if (c.err == nil) != (c.want == "") || c.err != nil && !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("error %v, want %q", c.err, c.want)
			}
		})
	}
	if !errors.Is(checkRelease("4.1"), ErrKernelTooOld) || !errors.Is(checkLockdown("[confidentiality]"), ErrLockdown) {
		t.Error("errors are not typed")
	}
}
