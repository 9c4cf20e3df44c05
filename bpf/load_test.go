package bpf

import (
	"errors"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

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
	// Also once more: some kernels attach a program only once.
	for _, wanted := range []string{"*", "openat", "*"} {
		if err := p.SetInterest(interest.Of(wanted)); err != nil {
			t.Fatal(err)
		}
	}
	k, err := running()
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range state() {
		if name == "io_uring_submit" && !k.atLeast(6, 0) {
			if a.Attached || !strings.Contains(a.Reason, "Linux 6.0 is needed") {
				t.Errorf("before 6.0 the tracepoint does not say which request: %+v", a)
			}
		} else if !a.Attached || a.Reason != "" {
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
	checkMissed(t, p)
}

// checkMissed holds the programs to miss nothing. Where they can lose the
// processor it takes all copies of one to miss an event; here, where one child
// runs at a time, that is next to never.
func checkMissed(t *testing.T, p *Programs) {
	t.Helper()
	k, err := running()
	if err != nil {
		t.Fatal(err)
	}
	missed, err := p.Missed()
	if err != nil {
		t.Fatal(err)
	}
	list, err := p.Counters()
	if err != nil {
		t.Fatal(err)
	}
	seen := uint64(0)
	for _, c := range list {
		seen += c.Seen
		if c.Nested != 0 {
			t.Errorf("%+v: programs disturb each other", c)
		}
	}
	t.Logf("missed %d, seen %d", missed, seen)
	if missed > 0 && (!k.preemptsTracepoints() || missed*100 > seen) {
		t.Errorf("missed %d of %d", missed, seen)
	}
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
		{"no hooks but the base", Options{Avoid: []catalogue.Hook{catalogue.LSM, catalogue.Kprobe}}, true},
		{"avoid the base", Options{Avoid: []catalogue.Hook{catalogue.SysExit}}, false},
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

func checkText(text string) error {
	r, err := parseRelease(text)
	if err != nil {
		return err
	}
	return r.check()
}

func TestRequirements(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"new kernel", checkText("6.18.44-fc"), ""},
		{"oldest kernel", checkText("5.10.0-30-amd64"), ""},
		{"old kernel", checkText("5.9.16"), "this is 5.9.16"},
		{"very old kernel", checkText("4.19.0"), "too old"},
		{"odd release", checkText("next"), "kernel release"},
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
	if !errors.Is(checkText("4.1"), ErrKernelTooOld) || !errors.Is(checkLockdown("[confidentiality]"), ErrLockdown) {
		t.Error("errors are not typed")
	}
}
