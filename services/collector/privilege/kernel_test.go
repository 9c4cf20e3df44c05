package privilege

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"kernel.org/pub/linux/libs/security/libcap/cap"
)

// kernelRules is what this kernel lets a process do, with the capabilities that
// it began with and after it gave them up: the measurements behind the table.
type kernelRules struct {
	// "" means that it worked.
	Map, Trace, Attach string
	// The rest is tried after Drop.
	NewMap, Update, Lookup, AttachAgain string
}

// reason tells of an error without what differs between machines.
func reason(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, fs.ErrPermission):
		return "not permitted"
	default:
		return err.Error()
	}
}

// actBPF makes a map, loads a program that traces and attaches it; then it
// drops everything but what is to be kept, and goes on using them.
func actBPF(keep ...string) (k kernelRules, err error) {
	spec := &ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1}
	table, err := ebpf.NewMap(spec)
	if k.Map = reason(err); err != nil {
		return k, nil
	}
	defer func() { err = errors.Join(err, table.Close()) }()
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.Tracing, AttachType: ebpf.AttachTraceRawTp, AttachTo: "sched_process_exec", License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if k.Trace = reason(err); err != nil {
		return k, nil
	}
	defer func() { err = errors.Join(err, prog.Close()) }()
	attach := func() string {
		l, err := link.AttachTracing(link.TracingOptions{Program: prog})
		if err == nil {
			err = l.Close()
		}
		return reason(err)
	}
	k.Attach = attach()
	var kept []Keep
	for _, name := range keep {
		kept = append(kept, Keep{Name: name})
	}
	if _, err := Drop(kept...); err != nil {
		return k, err
	}
	var value uint32
	_, err = ebpf.NewMap(spec)
	k.NewMap = reason(err)
	k.Update = reason(table.Put(uint32(0), uint32(1)))
	k.Lookup = reason(table.Lookup(uint32(0), &value))
	k.AttachAgain = attach()
	return k, nil
}

// The kernel asks for what the table says and for nothing else: with the two
// required capabilities a user loads and attaches, with one of them not.
func TestKernelAsksForTheRequired(t *testing.T) {
	needBPF(t)
	for _, c := range []struct {
		name string
		caps []cap.Value
		want func(kernelRules) bool
	}{
		{"both", []cap.Value{cap.BPF, cap.PERFMON}, func(k kernelRules) bool { return k.Map == "" && k.Trace == "" && k.Attach == "" }},
		{"admin", []cap.Value{cap.SYS_ADMIN}, func(k kernelRules) bool { return k.Map == "" && k.Trace == "" && k.Attach == "" }},
		{"no BPF", []cap.Value{cap.PERFMON}, func(k kernelRules) bool { return k.Map == "not permitted" }},
		{"no PERFMON", []cap.Value{cap.BPF}, func(k kernelRules) bool { return k.Map == "" && k.Trace == "not permitted" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var k kernelRules
			if stderr, err := (user{nobody, c.caps}).run(t, &k, "bpf"); err != nil {
				t.Fatalf("%v: %s", err, stderr)
			}
			if !c.want(k) {
				t.Errorf("the kernel answers %+v", k)
			}
		})
	}
}

// After the drop nothing new can be made, and what was made goes on to work:
// without any capability, or where MapsNeedBPF says so with CAP_BPF.
func TestKernelAfterTheDrop(t *testing.T) {
	needBPF(t)
	as := user{nobody, []cap.Value{cap.BPF, cap.PERFMON}}
	var nothing, kept kernelRules
	if stderr, err := as.run(t, &nothing, "bpf"); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	if stderr, err := as.run(t, &kept, "bpf", BPF); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	if nothing.NewMap != "not permitted" {
		t.Errorf("a map can still be made: %+v", nothing)
	}
	old, err := MapsNeedBPF()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("without any: %+v", nothing)
	works := func(k kernelRules) bool { return k.Update == "" && k.Lookup == "" && k.AttachAgain == "" }
	if !works(nothing) && !old {
		t.Error("this kernel asks for something, and CAP_BPF would not have been kept")
	}
	if !works(kept) {
		t.Errorf("with CAP_BPF kept: %+v", kept)
	}
}

// needBPF skips where the kernel would not load anything for anybody.
func needBPF(t *testing.T) {
	t.Helper()
	needRoot(t)
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err == nil {
		_ = m.Close()
		return
	}
	if strings.Contains(os.Getenv("WEIR_REQUIRE"), "ebpf") {
		t.Fatal(err)
	}
	t.Skipf("eBPF does not work here: %v", err)
}

// actProc reads of a process what the snapshot reads.
func actProc(pid string) map[string]string {
	found := map[string]string{}
	for _, name := range []string{"exe", "ns/mnt", "ns/pid", "ns/uts"} {
		to, err := os.Readlink("/proc/" + pid + "/" + name)
		if err == nil && to == "" {
			err = fs.ErrPermission // So says 5.10 of namespaces.
		}
		found[name] = reason(err)
	}
	for _, name := range []string{"stat", "status", "cmdline", "cgroup", "environ"} {
		_, err := os.ReadFile("/proc/" + pid + "/" + name)
		found[name] = reason(err)
	}
	return found
}

// Program and namespaces of another user's process need CAP_SYS_PTRACE and no
// more; the rest anybody may read, but the environment, which nobody asks for.
func TestKernelOnOtherProcesses(t *testing.T) {
	needRoot(t)
	other := exec.CommandContext(t.Context(), "sleep", "60")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = other.Process.Kill()
		_ = other.Wait()
	}()
	pid := strconv.Itoa(other.Process.Pid)
	for _, c := range []struct {
		name   string
		caps   []cap.Value
		closed string
	}{
		{"nothing", nil, "environ exe ns/mnt ns/pid ns/uts"},
		{"ptrace", []cap.Value{cap.SYS_PTRACE}, "environ"},
		{"search", []cap.Value{cap.DAC_READ_SEARCH}, "environ exe ns/mnt ns/pid ns/uts"},
		{"both", []cap.Value{cap.SYS_PTRACE, cap.DAC_READ_SEARCH}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var answers map[string]string
			if stderr, err := (user{nobody, c.caps}).run(t, &answers, "proc", pid); err != nil {
				t.Fatalf("%v: %s", err, stderr)
			}
			for name, answer := range answers {
				want := ""
				if strings.Contains(" "+c.closed+" ", " "+name+" ") {
					want = "not permitted"
				}
				if answer != want {
					t.Errorf("%s: %q, want %q", name, answer, want)
				}
			}
		})
	}
}
