package live

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector/privilege"
)

// Capabilities by number, include/uapi/linux/capability.h.
const sysPtrace, perfmon, bpfCap = 19, 38, 39

// confine watches this machine as a user with these capabilities; uid 0 has all.
func confine(t *testing.T, uid uint32, caps ...uintptr) (c confined, stderr string, err error) {
	t.Helper()
	if os.Geteuid() != 0 {
		if slices.Contains(strings.Split(os.Getenv("WEIR_REQUIRE"), ","), "ebpf") {
			t.Fatal("WEIR_REQUIRE=ebpf, but this is not root")
		}
		t.Skip("running as other users needs root")
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe")
	cmd.Env = append(os.Environ(), "WEIR_TEST_ACTION=confine", "GORACE=atexit_sleep_ms=0")
	cmd.Dir = "/"
	if uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}, AmbientCaps: caps}
	}
	var text strings.Builder
	cmd.Stderr = &text
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &c)
	}
	return c, text.String(), err
}

// Whatever this machine can observe goes on to be observed, switched off and on
// again, without any capability in any thread. Who adds a hook that asks for one
// later is told here.
func TestConfine(t *testing.T) {
	needEBPF(t)
	nothing, but, set := "all capabilities are given up", " but ", "0000000000000000"
	old, err := privilege.MapsNeedBPF()
	if err != nil {
		t.Fatal(err)
	}
	if old {
		nothing, but, set = nothing+" but CAP_BPF to use maps, which this kernel asks it for", ", ", "0000008000000000"
	}
	reading := nothing + but + "CAP_SYS_PTRACE until running processes are read"
	// A machine may have processes that even root may not look at.
	closed := 0
	for _, c := range []struct {
		name  string
		uid   uint32
		caps  []uintptr
		first string
		// partial is true where not all is known of processes.
		partial bool
	}{
		{"root", 0, nil, reading, false},
		{"a user", 65534, []uintptr{bpfCap, perfmon, sysPtrace}, reading, false},
		{"a user who may not look at processes", 65534, []uintptr{bpfCap, perfmon}, nothing, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, stderr, err := confine(t, c.uid, c.caps...)
			if err != nil {
				t.Fatalf("%v: %s", err, stderr)
			}
			if got.First != c.first {
				t.Errorf("says %q, want %q", got.First, c.first)
			}
			if len(got.Last) == 0 || slices.ContainsFunc(got.Last, func(got string) bool { return got != set }) {
				t.Errorf("threads have %v while events come", got.Last)
			}
			if want := everythingAttached(t); !reflect.DeepEqual(got.Attached, want) || !reflect.DeepEqual(got.Again, want) {
				t.Errorf("attached: %.2000v\nagain: %.2000v\nwithout confinement: %.2000v", fmt.Sprint(got.Attached), fmt.Sprint(got.Again), fmt.Sprint(want))
			}
			n := closedProcesses(t, got.Log)
			if c.uid == 0 {
				closed = n
			}
			if (n > closed) != c.partial {
				t.Errorf("%d processes may not be read, %d by root", n, closed)
			}
			if !strings.Contains(got.Log, `privileges="`+nothing+`"`) || strings.Contains(got.Log, "level=ERROR") {
				t.Errorf("log:\n%s", got.Log)
			}
		})
	}
}

// closedProcesses is how many processes a log says may not be read.
func closedProcesses(t *testing.T, log string) (n int) {
	t.Helper()
	_, rest, found := strings.Cut(log, "may not be read\" processes=")
	if !found {
		return 0
	}
	if _, err := fmt.Sscan(rest, &n); err != nil {
		t.Fatalf("%v: %s", err, log)
	}
	return n
}

// everythingAttached is what root attaches when everything is wanted.
func everythingAttached(t *testing.T) []bpf.Attachment {
	t.Helper()
	m, err := Open(Config{}, discard())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close() //nolint:errcheck // TestMachine checks it
	m.SetInterest(t.Context(), interest.Of("*"))
	return m.Attachments()
}

// With one required capability missing the message says which, and for what.
func TestOpenWithoutOne(t *testing.T) {
	needEBPF(t)
	for name, caps := range map[string][]uintptr{"CAP_BPF": {perfmon, sysPtrace}, "CAP_PERFMON": {bpfCap, sysPtrace}} {
		t.Run(name, func(t *testing.T) {
			_, stderr, err := confine(t, 65534, caps...)
			if err == nil || !strings.Contains(stderr, "cannot watch this machine: missing "+name+" (to ") || strings.Contains(stderr, " and CAP_") {
				t.Errorf("%v: %s", err, stderr)
			}
		})
	}
}
