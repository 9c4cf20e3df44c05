package snapshot

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/services/collector/hierarchy"
)

// The test binary also is an ordinary user's collector.
func TestMain(m *testing.M) {
	if proc := os.Getenv("WEIR_TEST_PROC"); proc != "" {
		if err := printSeen(proc); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// seen is what a snapshot brought.
type seen struct {
	Records, Partial int
	Losses           map[string]uint64
}

func (s *seen) Record([]byte)           { s.Records++ }
func (s *seen) Batch(*eventpb.RawBatch) {}
func (s *seen) Lost(l *eventpb.Loss)    { s.Losses[l.Event+" "+l.Reason] += l.Count }
func (s *seen) Idle() time.Duration     { return 0 }

func printSeen(proc string) error {
	snap, err := New(proc)
	if err != nil {
		return err
	}
	s := &seen{Losses: map[string]uint64{}}
	if err := snap.Run(context.Background(), s); err != nil {
		return err
	}
	s.Partial = snap.Partial()
	return json.NewEncoder(os.Stdout).Encode(s)
}

// takeAsNobody takes the snapshot of a /proc as an ordinary user with capabilities.
func takeAsNobody(t *testing.T, proc string, caps ...uintptr) (s seen) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe")
	cmd.Env = append(os.Environ(), "WEIR_TEST_PROC="+proc)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}, AmbientCaps: caps}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	if err := json.Unmarshal(out, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// skip skips a test, or fails it where WEIR_REQUIRE=ebpf says that this machine
// can do all.
func skip(t *testing.T, reason string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("WEIR_REQUIRE"), ","), "ebpf") {
		t.Fatal("WEIR_REQUIRE=ebpf, but " + reason)
	}
	t.Skip(reason)
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		skip(t, "becoming another user needs root")
	}
}

// With hidepid other users' processes are closed to who may not trace them:
// each is counted, and the snapshot goes on.
func TestHiddenProcessesAreCounted(t *testing.T) {
	needRoot(t)
	dir := publicDir(t)
	if err := syscall.Mount("proc", dir, "proc", 0, "hidepid=1"); err != nil {
		skip(t, "no second /proc can be mounted: "+err.Error())
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	const sysPtrace = 19
	open := takeAsNobody(t, dir, sysPtrace)
	closed := takeAsNobody(t, dir)
	if n := closed.Losses["existing_process denied"]; n < 2 || closed.Records+int(n) < open.Records-10 {
		t.Errorf("%d processes are counted as denied: %+v, with CAP_SYS_PTRACE %+v", n, closed, open)
	}
	// Processes that nobody may look at are the machine's matter.
	if open.Losses["existing_process denied"] > 1 {
		t.Errorf("with CAP_SYS_PTRACE %+v", open)
	}
}

// Without CAP_SYS_PTRACE processes are there, but not all of them.
func TestPartialProcessesAreCounted(t *testing.T) {
	needRoot(t)
	const sysPtrace = 19
	all, some := takeAsNobody(t, "/proc", sysPtrace), takeAsNobody(t, "/proc")
	if some.Partial <= all.Partial || some.Records < all.Records-10 || len(some.Losses) > 0 {
		t.Errorf("got %+v, with CAP_SYS_PTRACE %+v", some, all)
	}
}

// Whoever was given a cgroup may close it: that costs what is in it and no
// more.
func TestClosedCgroupIsCounted(t *testing.T) {
	needRoot(t)
	h, err := hierarchy.Find("/proc")
	if err != nil {
		skip(t, err.Error())
	}
	before := takeAsNobody(t, "/proc").Losses["existing_cgroup denied"]
	dir, err := os.MkdirTemp(h.Mount, "weir-test-")
	if err != nil {
		skip(t, "no cgroup can be made: "+err.Error())
	}
	inner := filepath.Join(dir, "inner")
	if err := os.Mkdir(inner, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, d := range []string{inner, dir} {
			if err := os.Remove(d); err != nil {
				t.Error(err)
			}
		}
	})
	if got := takeAsNobody(t, "/proc").Losses["existing_cgroup denied"]; got != before+1 {
		t.Errorf("%d cgroups are counted as denied, want %d", got, before+1)
	}
}

// publicDir returns a directory that every user reaches.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "weir-snapshot-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // another user reads it
		t.Fatal(err)
	}
	return dir
}
