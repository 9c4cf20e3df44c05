package processtree

import (
	"encoding/json"
	"testing"

	"github.com/weirsec/weir/internal/conformance"
	"github.com/weirsec/weir/schemas/event"
)

// scenario is one file of Tracee's recorded answers. Attributes that a lineage
// does not have (threads, children, files' inodes) are not compared.
type scenario struct {
	Name  string `json:"name"`
	Feeds []struct {
		Kind  string          `json:"kind"`
		Error string          `json:"error"`
		Feed  json.RawMessage `json:"feed"`
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

type recorded struct {
	EntityID    uint32 `json:"EntityId"`
	Pid, NsPid  int32
	StartTimeNS int64
	ExitTimeNS  int64
	Binary      struct{ Path string } `json:"ExecutionBinary"`
}

type feedData struct {
	TimeStamp                        int64
	ChildPid, ChildTid, ChildNsPid   int64
	ChildStartTime                   int64
	LeaderHash, ParentHash, TaskHash uint32
	ParentPid, ParentNsPid           int32
	ParentStartTime                  int64
	CmdPath, PathName                string
	Group                            bool
}

// toEvent makes the event that Weir's kernel programs would have sent.
func toEvent(t *testing.T, kind string, raw json.RawMessage) event.Event {
	t.Helper()
	var f feedData
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	e := event.Event{Time: f.TimeStamp}
	switch kind {
	case "fork":
		e.Shape, e.Values = args("sched_process_fork", "child_pid", event.Int(f.ChildPid),
			"child_tid", event.Int(f.ChildTid), "child_ns_pid", event.Int(f.ChildNsPid),
			"start_time", event.Int(f.ChildStartTime))
		e.Context = &event.Context{
			ProcessEntityID: f.ParentHash, HostPID: f.ParentPid, HostTID: f.ParentPid,
			PID: f.ParentNsPid, ThreadStartTime: f.ParentStartTime,
		}
	case "exec":
		e.Shape, e.Values = args("sched_process_exec",
			"cmdpath", event.String(f.CmdPath), "pathname", event.String(f.PathName))
		e.Context = &event.Context{ProcessEntityID: f.LeaderHash, ParentEntityID: f.ParentHash}
	case "exit":
		e.Shape, e.Values = args("sched_process_exit", "process_group_exit", event.Bool(f.Group))
		e.Context = &event.Context{ProcessEntityID: f.LeaderHash, ParentEntityID: f.ParentHash}
	default:
		t.Fatalf("unknown feed %q", kind)
	}
	return e
}

func TestConformance(t *testing.T) {
	var scenarios []scenario
	conformance.Decode(t, "tracee/process-tree/scenarios.json", &scenarios)
	compared := 0
	for _, s := range scenarios {
		t.Run(s.Name, func(t *testing.T) {
			tree := New(Default())
			for _, f := range s.Feeds {
				if f.Error == "" {
					feed(tree, toEvent(t, f.Kind, f.Feed))
				}
			}
			for _, q := range s.Queries {
				if q.Error != "" {
					// Tracee also knows threads, and lists no lineage of what it
					// has no facts about; only what it never heard of is alike.
					if q.Kind == "ProcKey" && tree.processes.Peek(q.Entity) != nil {
						t.Errorf("%d is known, want %q", q.Entity, q.Error)
					}
					continue
				}
				switch q.Kind {
				case "ProcKey":
					var want recorded
					decode(t, q.Result, &want)
					compared += compare(t, tree, q.Time, []recorded{want})
				case "LineageKey":
					var want []recorded
					decode(t, q.Result, &want)
					compared += compare(t, tree, q.Time, want)
				}
			}
		})
	}
	if compared < 140 {
		t.Errorf("only %d answers compared", compared)
	}
}

// compare checks a recorded lineage and returns how many processes it looked
// at. Ours may go on where Tracee's ends (it stops at a container's pid 1).
func compare(t *testing.T, tree *Tree, at int64, want []recorded) int {
	t.Helper()
	if tree.processes.Peek(want[0].EntityID) == nil && want[0].ExitTimeNS != 0 {
		return 0 // a thread, for which Tracee makes a process when it exits
	}
	p, _ := tree.Lineage(want[0].EntityID, at)
	for i, w := range want {
		if i > 0 && w.EntityID == want[i-1].EntityID {
			return i // Tracee takes the process of a new thread for its parent
		}
		if p == nil {
			t.Errorf("lineage of %d at %d has %d processes, want %d", want[0].EntityID, at, i, len(want))
			return i
		}
		if p.EntityID != w.EntityID || p.PID != w.Pid || p.NSPID != w.NsPid || p.StartTime != w.StartTimeNS {
			t.Errorf("process %d of %d at %d: got %+v, want %+v", i, want[0].EntityID, at, *p, w)
		}
		// Before a process starts Tracee gives no path.
		if at >= w.StartTimeNS && p.Executable != w.Binary.Path {
			t.Errorf("path of %d at %d = %q, want %q", w.EntityID, at, p.Executable, w.Binary.Path)
		}
		p = p.Parent
	}
	return len(want)
}

func decode(t *testing.T, text json.RawMessage, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}
