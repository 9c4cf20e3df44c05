package processtree

import (
	"encoding/json"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/conformance"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// The answers differ from Tracee's where that is wrong or has gaps:
//
//   - A new thread makes Tracee take its process for its own parent and child;
//     here the parent stays who forked the process (see kinship).
//   - Whatever exits becomes a process in Tracee's tree, threads too; here the
//     entity of a thread is no process (see threadTasks).
//   - Tracee leaves the container, the arguments, the time of the exec and the
//     process of a thread empty; here they are filled in (see filled).

// scenario is one file of Tracee's recorded answers.
type scenario struct {
	Name             string `json:"name"`
	PointerKeyError  string `json:"pointer_key_error"`
	UnsupportedError string `json:"unsupported_key_error"`
	Feeds            []struct {
		Kind  string   `json:"kind"`
		Error string   `json:"error"`
		Feed  feedData `json:"feed"`
	} `json:"feeds"`
	Queries []struct {
		Kind     string          `json:"kind"`
		Entity   uint32          `json:"entity_id"`
		Time     int64           `json:"time_ns"`
		MaxDepth int             `json:"max_depth"`
		Error    string          `json:"error"`
		Result   json.RawMessage `json:"result"`
	} `json:"queries"`
}

type recordedFile struct {
	Path, Hash          string
	Inode, Device, Mode int
	CtimeNS             int64
}

// recorded has a process or a thread.
type recorded struct {
	EntityID, ParentEntityID, ProcessEntityID uint32
	Pid, NsPid, Ppid, Tid, NsTid              int
	UserID, GroupID                           int
	Name                                      string
	ExecutionBinary                           recordedFile
	StartTimeNS, ExitTimeNS, ExecTimeNS       int64
	TimestampNS                               int64
	ThreadsIDs                                map[int]uint32
	ChildProcessesIDs                         map[int]uint32
	IsAlive                                   bool
}

type feedData struct {
	TimeStamp                        int64
	ChildPid, ChildTid               int64
	ChildNsPid, ChildNsTid           int64
	ChildHash                        uint32
	ChildStartTime                   int64
	LeaderHash, ParentHash, TaskHash uint32
	ParentPid, ParentNsPid           int32
	LeaderPid, LeaderNsPid           int32
	ParentStartTime, LeaderStartTime int64
	CmdPath, PathName, Interp        string
	Dev, Inode, Ctime, InodeMode     int64
	InterpreterPath                  string
	Group                            bool
}

// toEvent makes the event that Weir's kernel programs would have sent.
func toEvent(t *testing.T, kind string, f *feedData) event.Event {
	t.Helper()
	e := event.Event{Time: f.TimeStamp}
	switch kind {
	case "fork":
		e.Shape, e.Values = args("sched_process_fork", "child_pid", event.Int(f.ChildPid),
			"child_tid", event.Int(f.ChildTid), "child_ns_pid", event.Int(f.ChildNsPid),
			"child_ns_tid", event.Int(f.ChildNsTid), "start_time", event.Int(f.ChildStartTime))
		e.Context = &event.Context{
			ProcessEntityID: f.ParentHash, HostPID: f.ParentPid, HostTID: f.ParentPid,
			PID: f.ParentNsPid, TID: f.ParentNsPid, ThreadStartTime: f.ParentStartTime,
		}
		if f.ChildPid == f.ChildTid {
			break
		}
		// The event of a new thread comes from its process.
		e.Context = &event.Context{
			ProcessEntityID: f.LeaderHash, HostPID: f.LeaderPid, HostTID: f.LeaderPid,
			PID: f.LeaderNsPid, TID: f.LeaderNsPid, ThreadStartTime: f.LeaderStartTime,
		}
		if f.ParentHash != f.LeaderHash {
			e.Context.ParentEntityID, e.Context.HostPPID = f.ParentHash, f.ParentPid
		}
	case "exec":
		e.Shape, e.Values = args("sched_process_exec",
			"cmdpath", event.String(f.CmdPath), "pathname", event.String(f.PathName),
			"dev", event.Int(f.Dev), "inode", event.Int(f.Inode), "ctime", event.Int(f.Ctime),
			"inode_mode", event.Int(f.InodeMode), "interp", event.String(f.Interp),
			"interpreter_pathname", event.String(f.InterpreterPath))
		e.Context = &event.Context{ProcessEntityID: f.LeaderHash, ThreadEntityID: f.TaskHash, ParentEntityID: f.ParentHash}
	case "exit":
		e.Shape, e.Values = args("sched_process_exit", "process_group_exit", event.Bool(f.Group))
		e.Context = &event.Context{ProcessEntityID: f.LeaderHash, ThreadEntityID: f.TaskHash, ParentEntityID: f.ParentHash}
	default:
		t.Fatalf("unknown feed %q", kind)
	}
	return e
}

func TestConformance(t *testing.T) {
	var scenarios []scenario
	conformance.Decode(t, "tracee/process-tree/scenarios.json", &scenarios)
	compared := make(map[string]int)
	for i := range scenarios {
		s := &scenarios[i]
		t.Run(s.Name, func(t *testing.T) {
			tree := New(Default())
			for i := range s.Feeds {
				f := &s.Feeds[i]
				if f.Error != "" && f.Feed.ParentHash != 0 {
					continue // entity ids are made from tasks here, so none is wrong
				}
				feed(tree, toEvent(t, f.Kind, &f.Feed))
			}
			for _, key := range []any{&datasource.ProcKey{}, "1", 1, nil} {
				want := s.UnsupportedError
				if _, pointer := key.(*datasource.ProcKey); pointer {
					want = s.PointerKeyError
				}
				if _, _, err := tree.Get(key, 0); !errors.Is(err, sdk.ErrKeyNotSupported) || err.Error() != want {
					t.Errorf("key %v: error %v, want %q", key, err, want)
				}
			}
			s.compare(t, tree, compared)
		})
	}
	for _, kind := range []string{"ProcKey", "ThreadKey", "LineageKey"} {
		if compared[kind] < 32 || compared[kind+" error"] < 70 {
			t.Errorf("of %s only %d answers and %d errors were compared", kind, compared[kind], compared[kind+" error"])
		}
	}
}

// compare asks what Tracee was asked.
func (s *scenario) compare(t *testing.T, tree *Tree, compared map[string]int) {
	tasks, kinship := s.threadTasks(), s.kinship()
	for _, q := range s.Queries {
		at := time.Unix(0, q.Time)
		var key any
		switch q.Kind {
		case "ProcKey":
			key = datasource.ProcKey{EntityID: q.Entity, Time: at}
		case "ThreadKey":
			key = datasource.ThreadKey{EntityID: q.Entity, Time: at}
		case "LineageKey":
			key = datasource.LineageKey{EntityID: q.Entity, Time: at, MaxDepth: q.MaxDepth}
		default:
			t.Fatalf("unknown key %q", q.Kind)
		}
		answer, status, err := tree.Get(key, 0)
		if q.Error != "" || q.Kind != "ThreadKey" && tasks[q.Entity] {
			if !errors.Is(err, sdk.ErrDataNotFound) || status != event.StatusNotFound || answer != nil {
				t.Errorf("%+v: %v, %v, %v, want no data", key, answer, status, err)
			}
			compared[q.Kind+" error"]++
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", key, err)
			continue
		}
		compared[q.Kind]++
		switch q.Kind {
		case "ProcKey":
			var want recorded
			decode(t, q.Result, &want)
			sameProcess(t, answer["process_info"].(datasource.TimeRelevant[datasource.ProcessInfo]), want, kinship)
		case "ThreadKey":
			var want recorded
			decode(t, q.Result, &want)
			sameThread(t, answer["thread_info"].(datasource.TimeRelevant[datasource.ThreadInfo]), want)
		case "LineageKey":
			var want []recorded
			decode(t, q.Result, &want)
			sameLineage(t, answer["process_lineage"].(datasource.ProcessLineage), want, kinship)
		}
	}
}

// threadTasks are the entities that were forked as threads, or exited as such.
func (s *scenario) threadTasks() map[uint32]bool {
	tasks := make(map[uint32]bool)
	for i := range s.Feeds {
		switch f := &s.Feeds[i].Feed; {
		case s.Feeds[i].Kind == "fork" && f.ChildHash != f.LeaderHash:
			tasks[f.ChildHash] = true
		case s.Feeds[i].Kind == "exit" && f.TaskHash != f.LeaderHash:
			tasks[f.TaskHash] = true
		}
	}
	return tasks
}

// kinship are the forks of processes by their entities.
func (s *scenario) kinship() map[uint32]*feedData {
	forks := make(map[uint32]*feedData)
	for i := range s.Feeds {
		if f := &s.Feeds[i].Feed; s.Feeds[i].Kind == "fork" && f.ChildHash == f.LeaderHash {
			forks[f.ChildHash] = f
		}
	}
	return forks
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func sameProcess(t *testing.T, answer datasource.TimeRelevant[datasource.ProcessInfo], want recorded, kinship map[uint32]*feedData) {
	t.Helper()
	i := answer.Info
	if want.ParentEntityID == want.EntityID {
		want.ParentEntityID, want.Ppid = 0, 0
		if fork := kinship[want.EntityID]; fork != nil {
			want.ParentEntityID = fork.ParentHash
			if want.TimestampNS >= fork.TimeStamp {
				want.Ppid = int(fork.ParentPid)
			}
		}
		maps.DeleteFunc(want.ChildProcessesIDs, func(_ int, child uint32) bool { return child == want.EntityID })
	}
	f := i.ExecutionBinary
	got := recorded{
		EntityID: i.EntityID, ParentEntityID: i.ParentEntityID, Pid: i.PID, NsPid: i.NSPID, Ppid: i.PPID,
		ExecutionBinary: recordedFile{f.Path, f.Hash, f.Inode, f.Device, f.Mode, nanos(f.Ctime)},
		StartTimeNS:     nanos(i.StartTime), ExitTimeNS: nanos(i.ExitTime), TimestampNS: answer.Timestamp.UnixNano(),
		ThreadsIDs: i.ThreadIDs, ChildProcessesIDs: i.ChildProcessIDs, IsAlive: i.IsAlive,
	}
	// filled: Tracee gives no time.
	want.ExecTimeNS = 0
	same(t, got, want)
}

func sameThread(t *testing.T, answer datasource.TimeRelevant[datasource.ThreadInfo], want recorded) {
	t.Helper()
	i := answer.Info
	got := recorded{
		EntityID: i.EntityID, Tid: i.TID, NsTid: i.NSTID, Pid: i.PID, UserID: i.UserID, GroupID: i.GroupID,
		StartTimeNS: nanos(i.StartTime), ExitTimeNS: nanos(i.ExitTime), Name: i.Name, IsAlive: i.IsAlive,
		TimestampNS: answer.Timestamp.UnixNano(),
	}
	if i.ProcessEntityID == 0 { // filled: Tracee gives none
		t.Errorf("thread %d has no process", i.EntityID)
	}
	same(t, got, want)
}

func sameLineage(t *testing.T, answer datasource.ProcessLineage, want []recorded, kinship map[uint32]*feedData) {
	t.Helper()
	for i, w := range want {
		if i > 0 && w.EntityID == want[i-1].EntityID {
			return // Tracee goes round; we go on to the parent
		}
		if i >= len(answer) {
			t.Errorf("lineage of %d has %d processes, want %d", want[0].EntityID, len(answer), len(want))
			return
		}
		sameProcess(t, answer[i], w, kinship)
	}
	if len(answer) > len(want) {
		t.Errorf("lineage of %d has %d processes, want %d", want[0].EntityID, len(answer), len(want))
	}
}

func same(t *testing.T, got, want recorded) {
	t.Helper()
	g, errGot := json.Marshal(got)
	w, errWant := json.Marshal(want)
	if errGot != nil || errWant != nil {
		t.Fatal(errGot, errWant)
	}
	if string(g) != string(w) {
		t.Errorf("at %d\n got %s\nwant %s", want.TimestampNS, g, w)
	}
}

func decode(t *testing.T, text json.RawMessage, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}
