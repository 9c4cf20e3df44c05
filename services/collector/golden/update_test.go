package golden

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector/hierarchy"
	"github.com/weirsec/weir/services/collector/live"
	"github.com/weirsec/weir/services/collector/replay"
)

// perEvent is how many records of an event a recording has from one action.
const perEvent = 3

// missing returns the actions for events that no recording has, by name. A
// family is recorded anew as a whole.
func missing(t *testing.T) map[string]action {
	t.Helper()
	var recorded []string
	for _, data := range recordings(t) {
		recorded = append(recorded, play(t, data).names...)
	}
	lacks := func(name string) bool { return !slices.Contains(recorded, name) }
	want, acted := map[string]action{}, []string{}
	families := map[string]bool{}
	for _, a := range actions() {
		acted = append(acted, a.events...)
		families[a.family] = families[a.family] || slices.ContainsFunc(a.events, lacks)
	}
	for name, a := range actions() {
		if families[a.family] {
			want[name] = a
		}
	}
	for _, name := range catalogue.Names() {
		typ := catalogue.ByName(name).Type
		id := typ.Event().ID
		const firstOther = 1000
		if !slices.Contains(acted, name) && id < firstOther && recordable(name) {
			if lacks(name) {
				families["syscalls"] = true
			}
			want[fmt.Sprint("syscall ", id)] = action{family: "syscalls", events: []string{name}}
		}
	}
	if !families["syscalls"] {
		for name, a := range want {
			if a.family == "syscalls" {
				delete(want, name)
			}
		}
	}
	return want
}

// updateRecordings records what is missing.
func updateRecordings(t *testing.T) {
	want := missing(t)
	if len(want) == 0 {
		return
	}
	if runtime.GOARCH != "amd64" {
		t.Fatal("recordings are made on amd64, whose syscalls have the catalogue's numbers")
	}
	h := prepare(t)
	s := observe(t, h, want)
	families := map[string]*eventpb.RawBatch{}
	for _, name := range s.order {
		a := want[name]
		b := families[a.family]
		if b == nil {
			b = &eventpb.RawBatch{Envelope: &eventpb.Envelope{
				Node: node, BootId: bootID, FirstSeq: 1, BootTime: bootTime, Schema: record.Schema, MinTime: 1<<63 - 1,
			}}
			families[a.family] = b
		}
		s.keep(t, b, name, a)
	}
	for family, b := range families {
		write(t, family, b)
	}
}

// write writes one recording, unless it names the machine.
func write(t *testing.T, family string, b *eventpb.RawBatch) {
	t.Helper()
	if b.Envelope.Count == 0 {
		t.Errorf("%s: nothing was recorded", family)
		return
	}
	host, _ := os.Hostname()
	cwd, _ := os.Getwd()
	user, _ := os.UserHomeDir()
	traces := []string{host, cwd, user, filepath.Dir(cwd)}
	for _, variable := range os.Environ() {
		if _, value, _ := strings.Cut(variable, "="); len(value) > 5 && !strings.HasPrefix("/usr/bin:/bin", value) {
			traces = append(traces, value)
		}
	}
	for _, trace := range traces {
		if len(trace) > 3 && bytes.Contains(b.Records, []byte(trace)) {
			t.Fatalf("%s: the recording holds %q of this machine", family, trace)
		}
	}
	var out bytes.Buffer
	if err := replay.NewWriter(&out).Write(b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/"+family+".raw", out.Bytes(), 0o644); err != nil { //nolint:gosec // a test's data is no secret
		t.Fatal(err)
	}
}

// prepare makes the folder and the program of the actions, and the cgroup.
func prepare(t *testing.T) hierarchy.Hierarchy {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	if err := errors.Join(
		os.RemoveAll(home), os.Mkdir(home, 0o700), os.MkdirAll("testdata", 0o750), os.WriteFile(actor, program, 0o700),
	); err != nil {
		t.Fatal(err)
	}
	h, err := hierarchy.Find("/proc")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(cgroup(h.Mount), 0o700); err != nil {
		t.Fatalf("recording what was there before needs a cgroup of its own: %v", err)
	}
	t.Cleanup(func() { _ = os.Remove(cgroup(h.Mount)) })
	return h
}

// seen is what was observed: each action's process and all records.
type seen struct {
	mu      sync.Mutex
	batches []*eventpb.RawBatch
	pids    map[string]int32
	order   []string
	// group is the id of the cgroup.
	group uint64
}

// Publish implements collector.Publisher.
func (s *seen) Publish(_ context.Context, m stage.Output) error {
	b, err := record.Unmarshal(m.Data)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches = append(s.batches, b)
	return nil
}

// start starts the actor, in the cgroup, so that no record tells the test's own.
func (s *seen) start(t *testing.T, h hierarchy.Hierarchy, name string) *exec.Cmd {
	t.Helper()
	group, err := os.Open(cgroup(h.Mount))
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	cmd := exec.Command(actor)
	cmd.Dir, cmd.Env = "/", []string{"PATH=/usr/bin:/bin", actionKey + "=" + name}
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true}
	if !h.V1 {
		cmd.SysProcAttr.UseCgroupFD, cmd.SysProcAttr.CgroupFD = true, int(group.Fd())
	}
	if name == "wait" {
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if h.V1 {
		procs := filepath.Join(cgroup(h.Mount), "cgroup.procs")
		if err := os.WriteFile(procs, []byte(fmt.Sprint(cmd.Process.Pid)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.pids[name] = int32(cmd.Process.Pid)
	return cmd
}

// observe performs the actions while everything is recorded.
func observe(t *testing.T, h hierarchy.Hierarchy, want map[string]action) *seen {
	t.Helper()
	s := &seen{pids: map[string]int32{}}
	s.start(t, h, "wait")
	s.pids["before"] = s.pids["wait"]
	var st unix.Stat_t
	if err := unix.Stat(cgroup(h.Mount), &st); err != nil {
		t.Fatal(err)
	}
	s.group = st.Ino
	machine, err := live.Open(live.Config{Node: node}, stage.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := machine.Close(); err != nil {
			t.Error(err)
		}
	}()
	service, err := machine.Collector(s, func(string) string { return "raw" })
	if err != nil {
		t.Fatal(err)
	}
	machine.SetInterest(t.Context(), interest.Of("*"))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- service.Run(ctx) }()
	s.order = slices.Sorted(func(yield func(string) bool) {
		for name := range want {
			if !yield(name) {
				return
			}
		}
	})
	for _, name := range s.order {
		if want[name].act == nil && !strings.HasPrefix(name, "syscall ") {
			continue
		}
		// What a refused syscall does to its process does not matter.
		if err := s.start(t, h, name).Wait(); err != nil && want[name].act != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	inner := filepath.Join(cgroup(h.Mount), "made")
	if err := errors.Join(os.Mkdir(inner, 0o700), os.Remove(inner)); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return s
}

// keep copies the records of an action into a batch, scrubbed.
func (s *seen) keep(t *testing.T, into *eventpb.RawBatch, name string, a action) {
	t.Helper()
	kept := map[string]int{}
	for _, b := range s.batches {
		var d record.Decoder
		d.Reset(b.Envelope)
		for rec, err := range record.Records(b.Records) {
			var e event.Event
			if err == nil {
				err = d.Decode(rec, 0, &e)
			}
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(a.events, e.Name()) || kept[e.Name()] == perEvent || !s.belongs(&e, name) {
				continue
			}
			kept[e.Name()]++
			rec = slices.Clone(rec)
			scrub(rec)
			_, at, err := record.Peek(rec)
			if err != nil {
				t.Fatal(err)
			}
			env := into.Envelope
			into.Records = append(into.Records, rec...)
			env.Count++
			env.MinTime, env.MaxTime = min(env.MinTime, bootTime+int64(at)), max(env.MaxTime, bootTime+int64(at))
		}
	}
	for _, e := range a.events {
		if kept[e] == 0 {
			t.Errorf("%s did not cause %s", name, e)
		}
	}
}

// belongs reports whether an event is what an action caused, and not what its
// process did besides.
func (s *seen) belongs(e *event.Event, action string) bool {
	switch e.Name() {
	case "cgroup_mkdir", "cgroup_rmdir":
		path, _ := e.Arg("cgroup_path")
		return strings.HasSuffix(path.Text(), "/weir-golden/made")
	case "existing_cgroup":
		id, _ := e.Arg("cgroup_id")
		n, _ := id.Uint()
		return n == s.group
	}
	if e.Context.HostPID != s.pids[action] {
		return false
	}
	switch e.Name() {
	case "existing_process", "sched_process_exit":
		return true
	case "security_bprm_check":
		path, _ := e.Arg("pathname")
		return path.Text() != actor
	case "sched_process_exec":
		before, _ := e.Arg("prev_comm")
		return before.Text() == acting
	case "execve", "execveat":
		return e.Context.ProcessName == acting || e.ReturnValue == 0 && e.Context.ProcessName == "true"
	default:
		return e.Context.ProcessName == acting
	}
}
