package source

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// family is an event of cat, started by a shell in a container, whose first
// process a runtime on the host started. The shell executed another program
// after it had started cat.
func family() *event.Event {
	runtime := &event.Process{EntityID: 1, PID: 100, NSPID: 100, StartTime: 10, ExecTime: 11, Name: "shim", Executable: "/bin/shim"}
	first := &event.Process{EntityID: 2, PID: 200, NSPID: 1, StartTime: 20, ExecTime: 21, Name: "init", Executable: "/init", Parent: runtime}
	shell := &event.Process{EntityID: 3, PID: 300, NSPID: 7, StartTime: 30, ExecTime: 50, Name: "late", Executable: "/late", Parent: first}
	cat := &event.Process{
		EntityID: 4, PID: 400, NSPID: 8, UID: 33, StartTime: 40, ExecTime: 41, Name: "cat", Executable: "/bin/cat",
		Args: []string{"cat", "x"}, Parent: shell,
	}
	return &event.Event{Time: 100, Context: &event.Context{
		HostPID: 400, HostTID: 401, PID: 8, TID: 9, HostPPID: 300, UID: 33, GID: 34, ProcessName: "worker",
		ProcessEntityID: 4, ThreadEntityID: 5, ParentEntityID: 3, ThreadStartTime: 45,
		Container: event.Container{ID: "c1"}, Process: cat,
	}}
}

func process(t *testing.T, e *event.Event, key datasource.ProcKey) datasource.TimeRelevant[datasource.ProcessInfo] {
	t.Helper()
	found, err := get(t, e, "process_tree", key)
	if err != nil {
		t.Fatal(err)
	}
	return found["process_info"].(datasource.TimeRelevant[datasource.ProcessInfo])
}

func TestProcess(t *testing.T) {
	p := process(t, family(), datasource.ProcKey{EntityID: 4})
	i := p.Info
	if p.Timestamp != time.Unix(0, 100) || i.PID != 400 || i.NSPID != 8 || i.PPID != 300 || i.ParentEntityID != 3 ||
		i.ContainerID != "c1" || i.ExecutionBinary.Path != "/bin/cat" || !slices.Equal(i.Cmd, []string{"cat", "x"}) ||
		i.StartTime != time.Unix(0, 40) || i.ExecTime != time.Unix(0, 41) || !i.ExitTime.IsZero() || !i.IsAlive ||
		i.ThreadIDs[400] != 4 || i.ThreadIDs[401] != 5 || len(i.ChildProcessIDs) != 0 {
		t.Errorf("got %+v", p)
	}
	// Between its start and its exec it was what its parent was: not known.
	early := process(t, family(), datasource.ProcKey{EntityID: 4, Time: time.Unix(0, 40)}).Info
	if early.ExecutionBinary.Path != "" || early.Cmd != nil || !early.ExecTime.IsZero() || !early.IsAlive {
		t.Errorf("before its exec: %+v", early)
	}
	if unborn := process(t, family(), datasource.ProcKey{EntityID: 4, Time: time.Unix(0, 39)}).Info; unborn.IsAlive {
		t.Errorf("before its start: %+v", unborn)
	}
	if first := process(t, family(), datasource.ProcKey{EntityID: 2}).Info; first.ChildProcessIDs[300] != 3 || first.PPID != 100 {
		t.Errorf("an ancestor: %+v", first)
	}
}

func TestProcessWithoutLineage(t *testing.T) {
	e := family()
	e.Context.Process = nil
	p := process(t, e, datasource.ProcKey{EntityID: 4}).Info
	if p.PID != 400 || p.PPID != 300 || p.ParentEntityID != 3 || p.NSPID != 8 {
		t.Errorf("got %+v", p)
	}
}

func TestThread(t *testing.T) {
	thread := func(id uint32) datasource.ThreadInfo {
		t.Helper()
		found, err := get(t, family(), "process_tree", datasource.ThreadKey{EntityID: id})
		if err != nil {
			t.Fatal(err)
		}
		return found["thread_info"].(datasource.TimeRelevant[datasource.ThreadInfo]).Info
	}
	want := datasource.ThreadInfo{
		EntityID: 5, ProcessEntityID: 4, TID: 401, NSTID: 9, PID: 400, UserID: 33, GroupID: 34,
		StartTime: time.Unix(0, 45), Name: "worker", IsAlive: true,
	}
	if got := thread(5); got != want {
		t.Errorf("got %+v", got)
	}
	if got := thread(2); got.TID != 200 || got.NSTID != 1 || got.Name != "init" || got.ProcessEntityID != 2 {
		t.Errorf("the first thread of an ancestor: %+v", got)
	}
}

func TestLineage(t *testing.T) {
	for _, c := range []struct {
		depth int
		want  []string
	}{
		{0, []string{"/bin/cat"}},
		{-1, []string{"/bin/cat"}},
		{1, []string{"/bin/cat", ""}},
		// It does not leave the container.
		{9, []string{"/bin/cat", "", "/init"}},
	} {
		found, err := get(t, family(), "process_tree", datasource.LineageKey{EntityID: 4, MaxDepth: c.depth})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range found["process_lineage"].(datasource.ProcessLineage) {
			got = append(got, p.Info.ExecutionBinary.Path)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("depth %d: %q, want %q", c.depth, got, c.want)
		}
	}
	found, err := get(t, family(), "process_tree", datasource.LineageKey{EntityID: 3, MaxDepth: 9})
	if err != nil {
		t.Fatal(err)
	}
	shell := found["process_lineage"].(datasource.ProcessLineage)
	if shell[0].Timestamp != time.Unix(0, 100) || shell[1].Timestamp != time.Unix(0, 30) || shell[0].Info.ExecutionBinary.Path != "/late" {
		t.Errorf("each ancestor at its child's start: %+v", shell)
	}
}

func TestProcessTreeErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		e    *event.Event
		key  any
		want error
	}{
		{"unknown process", family(), datasource.ProcKey{EntityID: 99}, sdk.ErrDataNotFound},
		{"no process", family(), datasource.ProcKey{}, sdk.ErrDataNotFound},
		{"unknown thread", family(), datasource.ThreadKey{EntityID: 99}, sdk.ErrDataNotFound},
		{"unknown lineage", family(), datasource.LineageKey{EntityID: 99}, sdk.ErrDataNotFound},
		{"no event", nil, datasource.ProcKey{EntityID: 4}, sdk.ErrDataNotFound},
		{"no event for a thread", nil, datasource.ThreadKey{EntityID: 4}, sdk.ErrDataNotFound},
		{"no event for a lineage", nil, datasource.LineageKey{EntityID: 4}, sdk.ErrDataNotFound},
		{"by pointer", family(), &datasource.ProcKey{EntityID: 4}, sdk.ErrKeyNotSupported},
		{"a text", family(), "4", sdk.ErrKeyNotSupported},
	} {
		if found, err := get(t, c.e, "process_tree", c.key); !errors.Is(err, c.want) || found != nil {
			t.Errorf("%s: %v, %v", c.name, found, err)
		}
	}
}
