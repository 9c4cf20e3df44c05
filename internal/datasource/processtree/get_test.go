package processtree

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// clock is a time in the tests' seconds.
func clock(at int64) time.Time { return time.Unix(0, at*second) }

// processAt asks for a process, which must be known.
func processAt(t *testing.T, tree *Tree, who task, at int64) datasource.ProcessInfo {
	t.Helper()
	got, _, err := tree.Get(datasource.ProcKey{EntityID: who.entity(), Time: clock(at)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return got["process_info"].(datasource.TimeRelevant[datasource.ProcessInfo]).Info
}

func threadAt(t *testing.T, tree *Tree, who task, at int64) datasource.ThreadInfo {
	t.Helper()
	got, _, err := tree.Get(datasource.ThreadKey{EntityID: who.entity(), Time: clock(at)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return got["thread_info"].(datasource.TimeRelevant[datasource.ThreadInfo]).Info
}

func TestGetKeys(t *testing.T) {
	tree := New(Limits{Bytes: 1 << 20, Grace: 10 * time.Second})
	gone := task{90, 12}
	feed(tree, exec(13, gone, initd, "/bin/gone"), exit(14, gone, initd, true))
	tree.Advance(30 * second)
	feed(tree, fork(initd, task{}, shell), exec(35, shell, initd, "/bin/sh"), forkThread(shell, initd, task{150, 36}))
	dead, left := task{91, 37}, task{92, 37}
	feed(tree, fork(initd, task{}, dead), exitThread(38, dead, initd, left, true))
	tests := []struct {
		name   string
		key    any
		result string
		status event.Status
		err    error
	}{
		{"process", datasource.ProcKey{EntityID: shell.entity()}, "process_info", event.StatusResolved, nil},
		{"thread", datasource.ThreadKey{EntityID: event.EntityID(150, 36*second)}, "thread_info", event.StatusResolved, nil},
		{"first thread", datasource.ThreadKey{EntityID: shell.entity()}, "thread_info", event.StatusResolved, nil},
		{"lineage", datasource.LineageKey{EntityID: shell.entity(), MaxDepth: 3}, "process_lineage", event.StatusResolved, nil},
		{"only seen", datasource.ProcKey{EntityID: initd.entity()}, "process_info", event.StatusNotFound, nil},
		{"over but not ended", datasource.ProcKey{EntityID: dead.entity()}, "process_info", event.StatusStale, nil},
		{"thread's end", datasource.ThreadKey{EntityID: left.entity()}, "thread_info", event.StatusNotFound, nil},
		{"thread is no process", datasource.ProcKey{EntityID: event.EntityID(150, 36*second)}, "", event.StatusNotFound, sdk.ErrDataNotFound},
		{"unknown", datasource.ProcKey{EntityID: 5}, "", event.StatusNotFound, sdk.ErrDataNotFound},
		{"unknown thread", datasource.ThreadKey{EntityID: 5}, "", event.StatusNotFound, sdk.ErrDataNotFound},
		{"unknown lineage", datasource.LineageKey{EntityID: 5}, "", event.StatusNotFound, sdk.ErrDataNotFound},
		{"zero", datasource.ProcKey{}, "", event.StatusNotFound, sdk.ErrDataNotFound},
		{"forgotten", datasource.ProcKey{EntityID: gone.entity()}, "", event.StatusLost, sdk.ErrDataNotFound},
		{"forgotten thread", datasource.ThreadKey{EntityID: gone.entity()}, "", event.StatusLost, sdk.ErrDataNotFound},
		{"forgotten lineage", datasource.LineageKey{EntityID: gone.entity()}, "", event.StatusLost, sdk.ErrDataNotFound},
		{"pointer", &datasource.ProcKey{EntityID: shell.entity()}, "", event.StatusNone, sdk.ErrKeyNotSupported},
		{"number", shell.entity(), "", event.StatusNone, sdk.ErrKeyNotSupported},
		{"nothing", nil, "", event.StatusNone, sdk.ErrKeyNotSupported},
	}
	before := bytesOf(t, tree)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, status, err := tree.Get(tt.key, 40*second)
			if !errors.Is(err, tt.err) || status != tt.status {
				t.Errorf("status %v, error %v, want %v, %v", status, err, tt.status, tt.err)
			}
			if keys := strings.Join(slices.Collect(maps.Keys(got)), " "); keys != tt.result {
				t.Errorf("result keys %q, want %q", keys, tt.result)
			}
		})
	}
	if string(bytesOf(t, tree)) != string(before) {
		t.Error("asking changed the tree")
	}
	got, _, _ := tree.Get(datasource.ProcKey{EntityID: shell.entity()}, 34*second)
	info := got["process_info"].(datasource.TimeRelevant[datasource.ProcessInfo])
	if !info.Timestamp.Equal(clock(34)) || info.Info.ExecutionBinary.Path != "" {
		t.Errorf("a key without a time: %+v, want what was at now", info)
	}
}

func TestGetFillsGaps(t *testing.T) {
	tree := New(Default())
	boxed := strings.Repeat("c", 64)
	feed(tree, existing(15, initd, task{}, "/sbin/init"), fork(initd, task{}, shell), exec(22, shell, initd, "/bin/sh", "-c", "x"))
	c := shell.context(initd)
	c.Container.ID = boxed
	tree.LineageOf(c, 25*second)
	feed(tree, fork(shell, initd, child))
	info := processAt(t, tree, child, 30)
	want := datasource.ProcessInfo{
		EntityID: child.entity(), ParentEntityID: shell.entity(), PID: 101, NSPID: 101, PPID: 100,
		ContainerID: boxed, Cmd: []string{"/bin/sh", "-c", "x"},
		ExecutionBinary: datasource.FileInfo{
			Path: "/bin/sh", Inode: 22, Device: 8, Ctime: clock(22), Mode: 0o100755, UpperLayer: true,
		},
		Interpreter: datasource.FileInfo{Path: "/lib/ld.so"}, Interp: datasource.FileInfo{Path: "/bin/sh"},
		StartTime: clock(30), ThreadIDs: map[int]uint32{101: child.entity()}, ChildProcessIDs: map[int]uint32{}, IsAlive: true,
	}
	if !reflect.DeepEqual(info, want) {
		t.Errorf("forked\n got %+v\nwant %+v", info, want)
	}
	feed(tree, exec(33, child, shell, "/bin/cat", "/etc/passwd"))
	info = processAt(t, tree, child, 40)
	if !info.ExecTime.Equal(clock(33)) || !info.ExecutionBinary.Deleted || info.ExecutionBinary.UpperLayer || info.Cmd[1] != "/etc/passwd" {
		t.Errorf("executed: %+v", info)
	}
	info.Cmd[1] = "changed"
	if again := processAt(t, tree, child, 40); again.Cmd[1] != "/etc/passwd" {
		t.Error("who asks may change what the tree remembers")
	}
	if info := processAt(t, tree, shell, 24); info.ContainerID != "" {
		t.Errorf("container %q before it was in one", info.ContainerID)
	}
	if info := processAt(t, tree, initd, 40); info.ContainerID != "" {
		t.Errorf("container %q of init", info.ContainerID)
	}
}

func TestGetOfSnapshot(t *testing.T) {
	tree := New(Default())
	feed(tree, existing(15, initd, task{}, "/sbin/init"), existing(15, shell, initd, "/bin/sh"))
	c := shell.context(initd)
	c.Container.ID, c.ProcessName = "box", "n100"
	tree.Seen(c, 60*second)
	// It started at 20, after the snapshot's time: what matters is that it is
	// known since it started, not since it was found or seen.
	info := processAt(t, tree, shell, 20)
	if info.ExecutionBinary.Path != "/bin/sh" || info.ContainerID != "box" || !info.ExecTime.IsZero() || info.PPID != 1 {
		t.Errorf("%+v", info)
	}
}

func TestThreadInfo(t *testing.T) {
	tree := New(Default())
	worker := task{150, 25}
	forking := forkThread(shell, initd, worker)
	forking.Context.ProcessName, forking.Context.UID, forking.Context.GID = "java", 1000, 100
	feed(tree, fork(initd, task{}, shell), forking)
	c := worker.of(shell.context(initd))
	c.ProcessName, c.UID = "GC", 1001
	tree.LineageOf(c, 30*second)
	tree.LineageOf(c, 31*second)
	feed(tree, exitThread(40, shell, initd, worker, false))
	base := datasource.ThreadInfo{
		EntityID: worker.entity(), ProcessEntityID: shell.entity(), TID: 150, NSTID: 150, PID: 100,
		StartTime: clock(25), ExitTime: clock(40),
	}
	tests := []struct {
		at       int64
		name     string
		uid, gid int
		alive    bool
	}{{24, "", 0, 0, false}, {25, "java", 1000, 100, true}, {30, "GC", 1001, 0, true}, {40, "n100", 0, 0, true}, {41, "n100", 0, 0, false}}
	tree.Seen(worker.of(shell.context(initd)), 40*second)
	for _, tt := range tests {
		want := base
		want.Name, want.UserID, want.GroupID, want.IsAlive = tt.name, tt.uid, tt.gid, tt.alive
		if got := threadAt(t, tree, worker, tt.at); got != want {
			t.Errorf("at %d\n got %+v\nwant %+v", tt.at, got, want)
		}
	}
	for at, n := range map[int64]int{24: 1, 25: 2, 40: 2, 41: 1} {
		if got := processAt(t, tree, shell, at).ThreadIDs; len(got) != n {
			t.Errorf("threads at %d: %v, want %d", at, got, n)
		}
	}
}

func TestNamesOfFirstThread(t *testing.T) {
	tree := New(Default())
	feed(tree, fork(initd, task{}, shell), exec(22, shell, initd, "/bin/sh"))
	renamed := shell.context(initd)
	renamed.ProcessName = "renamed"
	tree.LineageOf(renamed, 25*second)
	feed(tree, fork(shell, initd, child), exec(40, shell, initd, "/bin/dash"))
	for at, want := range map[int64]string{19: "", 20: "n1", 22: "sh", 25: "renamed", 39: "renamed", 40: "dash"} {
		if got := threadAt(t, tree, shell, at).Name; got != want {
			t.Errorf("name at %d = %q, want %q", at, got, want)
		}
	}
	for i := range int64(maxIdentities + 2) {
		renamed.ProcessName = string(rune('a' + i))
		tree.Seen(renamed, (50+i)*second)
	}
	if got := threadAt(t, tree, shell, 60).Name; got != "j" || tree.Counts().Identities != 3 {
		t.Errorf("name %q, %d dropped", got, tree.Counts().Identities)
	}
	// A late one that is older than all that is kept is dropped too.
	renamed.ProcessName = "late"
	tree.Seen(renamed, 41*second)
	if got := threadAt(t, tree, shell, 42).Name; got != "dash" || tree.Counts().Identities != 4 {
		t.Errorf("name %q, %d dropped", got, tree.Counts().Identities)
	}
}

// Before a thread is known by its fork it is known by its events.
func TestThreadsOutOfOrder(t *testing.T) {
	tree := New(Default())
	worker := task{150, 25}
	tree.Seen(worker.of(shell.context(initd)), 30*second)
	if got := threadAt(t, tree, worker, 29); got.Name != "" || !got.IsAlive || got.TID != 150 {
		t.Errorf("before it was seen: %+v", got)
	}
	feed(tree, exitThread(40, shell, initd, worker, false), forkThread(shell, initd, worker), fork(initd, task{}, shell))
	got := threadAt(t, tree, worker, 29)
	if got.Name != "n100" || !got.ExitTime.Equal(clock(40)) || got.ProcessEntityID != shell.entity() {
		t.Errorf("in the end: %+v", got)
	}
}
