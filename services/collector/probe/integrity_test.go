package probe

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector/integrity"
)

// looked is how long the first look may take: a second, and reading the kernel's
// symbols.
const looked = 5 * time.Second

// The kernel of this machine is as it was built.
func TestNothingIsHooked(t *testing.T) {
	w := watch(t, Config{}, []string{"hooked_syscall", "hooked_proc_fops"}, func() { time.Sleep(looked) })
	for _, e := range w.events {
		if strings.HasPrefix(e.Name(), "hooked_") {
			t.Errorf("%s: %v", e.Name(), e.Values)
		}
	}
	for _, a := range w.probe.Attachments() {
		if !strings.HasPrefix(a.Event, "hooked_") {
			continue
		}
		t.Logf("%+v", a)
		if a.Hook != "iter" || a.Attached == (a.Reason != "") {
			t.Errorf("%+v", a)
		}
	}
}

// smallKernel is a folder like /proc whose kernel ends behind its first page, as
// seen by its symbols, so that all that it does is done by others.
func smallKernel(t *testing.T) string {
	t.Helper()
	all, err := os.Open("/proc/kallsyms")
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = all.Close() }()
	dir := t.TempDir()
	var kept strings.Builder
	lines := bufio.NewScanner(all)
	next := 0
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) == 3 && f[2] == "_stext" {
			var start uint64
			if _, err := fmt.Sscanf(f[0], "%x", &start); err != nil {
				t.Fatal(err)
			}
			if start == 0 {
				t.Skip(integrity.ErrHidden)
			}
			fmt.Fprintf(&kept, "%x T _stext\n%x T _etext\n", start, start+4096)
		}
		if len(f) == 3 && f[2] == "x64_sys_call" {
			next = 2
		}
		if next > 0 {
			next--
			fmt.Fprintln(&kept, lines.Text())
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"kallsyms": kept.String(),
		"modules":  "everything 18446744073709551614 0 - Live 0x0000000000000001\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/proc", filepath.Join(dir, "processes")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// What is found becomes an event like any other, once.
func TestFindingsAreEvents(t *testing.T) {
	w := &watched{probe: open(t, Config{})}
	var err error
	if err := w.probe.integrity.Close(); err != nil {
		t.Fatal(err)
	}
	dir := smallKernel(t)
	if w.probe.integrity, err = integrity.Open(w.probe.programs, dir, nil); err != nil {
		t.Fatal(err)
	}
	w.run(t, interest.Of("hooked_syscall", "hooked_proc_fops"), func() { time.Sleep(looked + 10*time.Second) })
	list := w.of("hooked_proc_fops", 0)
	if len(list) != 1 {
		t.Fatalf("%d events of directories", len(list))
	}
	e := list[0]
	symbols, _ := e.Arg("hooked_fops_pointers")
	if want := `[{"SymbolName":"iterate_shared","ModuleOwner":"everything"}]`; symbols.Kind() != event.KindJSON || symbols.Text() != want {
		t.Errorf("pointers %s, want %s", symbols, want)
	}
	if got := text(t, e, "pathname"); got != filepath.Join(dir, "processes") {
		t.Errorf("pathname %q", got)
	}
	if e.Hook != "iter" || int(e.Context.HostPID) != os.Getpid() || e.Context.UID != uint32(os.Getuid()) || e.ReturnValue != 0 {
		t.Errorf("context %+v", e)
	}
	if runtime.GOARCH == "amd64" {
		w.checkDispatched(t)
	}
	counters, err := w.probe.Counters()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range counters {
		if name := c.Type.String(); strings.HasPrefix(name, "hooked_") && (c.Submitted != uint64(len(w.of(name, 0))) || !c.Balanced()) {
			t.Errorf("%s: %+v of %d", name, c, len(w.of(name, 0)))
		}
	}
}

// checkDispatched looks at the events of the function that calls the syscalls,
// where the kernel has it: each of its calls leaves the first page.
func (w *watched) checkDispatched(t *testing.T) {
	var known bool
	for _, a := range w.probe.Attachments() {
		known = known || a.Event == "hooked_syscall" && !strings.Contains(fmt.Sprint(a.Refused), "x64_sys_call") && a.Reason == ""
	}
	list := w.of("hooked_syscall", 0)
	if known != (len(list) > 300) {
		t.Errorf("%d syscalls lead elsewhere; the kernel has x64_sys_call: %v", len(list), known)
	}
	addresses := map[string]bool{}
	for _, e := range list {
		address := text(t, e, "address")
		if text(t, e, "syscall") != "x64_sys_call" || text(t, e, "owner") != "everything" || text(t, e, "function") != "" ||
			addresses[address] || !strings.HasPrefix(address, "0xffffffff") {
			t.Fatalf("%v", e.Values)
		}
		addresses[address] = true
	}
}
