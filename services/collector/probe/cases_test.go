package probe

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
)

// TestEvents performs every event for real, on the host, in a container and as a
// user without rights, and compares all that is told of it with what the
// performer knows.
func TestEvents(t *testing.T) {
	var list []*expected
	pids := map[int32]bool{}
	ours := func(pid int32) bool {
		if len(pids) == 0 {
			for _, e := range list {
				pids[e.Facts.HostPID] = true
			}
		}
		return pids[pid]
	}
	w := watchSome(t, Config{BulkRing: 128 << 20}, []string{"*"}, func() {
		list = append(inEnvironments(t), executions(t)...)
		list = append(list, vforks(t)...)
		list = append(list, compats(t)...)
	}, ours)
	if t.Failed() {
		return
	}
	for _, l := range w.losses {
		// Those of other programs do no harm, and one of ours is a case that fails.
		t.Logf("lost %d %s: %s", l.Count, l.Event, l.Reason)
	}
	m := newMatcher(w)
	covered := map[string]bool{}
	for _, e := range list {
		if e.Absent {
			m.absent(t, e)
			continue
		}
		covered[e.Event] = true
		m.find(t, e)
	}
	// Before 6.0 the kernel's tracepoint does not hand it over.
	covered["io_uring_submit"] = covered["io_uring_submit"] || kernelBefore(6, 0)
	allCovered(t, covered)
	t.Logf("%d cases of %d events among %d that were seen", len(list), len(covered), len(w.events))
}

// What an architecture without the oldest syscalls performs, arm64 for one, is
// performed here without them: no case needs what another one leaves behind by
// such a call, and all other events have cases.
func TestCasesOfGenericSyscalls(t *testing.T) {
	t.Setenv(genericOnly, "1")
	open(t, Config{}) // What is performed needs the rights that this needs.
	covered := map[string]bool{}
	for _, e := range append(inEnvironments(t), executions(t)...) {
		covered[e.Event] = covered[e.Event] || !e.Absent
	}
	covered["io_uring_submit"] = covered["io_uring_submit"] || kernelBefore(6, 0)
	allCovered(t, covered)
}

// allCovered fails for each event from the kernel that has no case, but for
// syscalls that there are not.
func allCovered(t *testing.T, covered map[string]bool) {
	t.Helper()
	for _, name := range kernelEvents() {
		if e := catalogue.ByName(name); !covered[name] && (!e.IsSyscall() || nativeNumber(e) >= 0) {
			t.Errorf("%s has no case", name)
		}
	}
}

// inEnvironments runs all cases on the host, in a container, and as a user.
func inEnvironments(t *testing.T) (list []*expected) {
	t.Helper()
	for _, where := range []string{"host", "container", "user"} {
		list = append(list, inEnvironment(t, where)...)
	}
	return list
}

// inEnvironment runs all cases there.
func inEnvironment(t *testing.T, where string) []*expected {
	dir := t.TempDir()
	return reported(t, func(report *os.File) error {
		cmd := performing(t, report, "perform", where, dir)
		switch where {
		case "container":
			contain(t, cmd)
		case "user":
			if err := errors.Join(unix.Chmod(filepath.Dir(dir), 0o755), unix.Chown(dir, someUser, someUser)); err != nil {
				return err
			}
			terminal(t, cmd)
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", where, err, out)
		}
		return nil
	})
}

// reported returns what a child has written to the file that it was given.
func reported(t *testing.T, run func(report *os.File) error) (list []*expected) {
	t.Helper()
	report, err := os.CreateTemp(t.TempDir(), "report")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = report.Close() }()
	if err := run(report); err != nil {
		t.Error(err)
		return nil
	}
	if _, err := report.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(report).Decode(&list); err != nil && !t.Failed() {
		t.Errorf("report: %v", err)
	}
	return list
}
