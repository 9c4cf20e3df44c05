package source

import (
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// processTree knows the process of the event at hand, its thread and the
// ancestors that travel with the event.
type processTree struct {
	described
	event func() *event.Event
}

// ID names the source.
func (*processTree) ID() string { return datasource.ProcessTree }

// Keys says which keys are taken, by value.
func (*processTree) Keys() []string {
	return []string{"datasource.ProcKey", "datasource.ThreadKey", "datasource.LineageKey"}
}

// Schema gives the keys of results.
func (*processTree) Schema() string {
	return schema(map[string]string{
		"process_info":    "datasource.TimeRelevant[datasource.ProcessInfo]",
		"thread_info":     "datasource.TimeRelevant[datasource.ThreadInfo]",
		"process_lineage": "datasource.ProcessLineage",
	})
}

// Get returns what the event at hand knows.
func (t *processTree) Get(key any) (map[string]any, error) {
	e := t.event()
	switch key := key.(type) {
	case datasource.ProcKey:
		if p := find(e, key.EntityID); p != nil {
			at := asked(e, key.Time)
			return map[string]any{"process_info": relevant(at, processInfo(e, p, at))}, nil
		}
	case datasource.ThreadKey:
		if e == nil || key.EntityID == 0 {
			break
		}
		at := asked(e, key.Time)
		if info, ok := threadInfo(e, key.EntityID, at); ok {
			return map[string]any{"thread_info": relevant(at, info)}, nil
		}
	case datasource.LineageKey:
		if p := find(e, key.EntityID); p != nil {
			return map[string]any{"process_lineage": lineage(e, p, asked(e, key.Time), key.MaxDepth)}, nil
		}
	default:
		return nil, sdk.ErrKeyNotSupported
	}
	return nil, sdk.ErrDataNotFound
}

func relevant[T any](at int64, info T) datasource.TimeRelevant[T] {
	return datasource.TimeRelevant[T]{Timestamp: time.Unix(0, at), Info: info}
}

// asked is the time that a key asks for, in Unix nanoseconds: that of the event
// where it says none.
func asked(e *event.Event, at time.Time) int64 {
	if at.IsZero() {
		return e.Time
	}
	return at.UnixNano()
}

// find returns the process of that entity id, nil where the event does not
// know it. A process without a lineage is what the event itself says.
func find(e *event.Event, id uint32) *event.Process {
	if e == nil || id == 0 {
		return nil
	}
	for p := e.Context.Process; p != nil; p = p.Parent {
		if p.EntityID == id {
			return p
		}
	}
	c := e.Context
	if c.ProcessEntityID != id {
		return nil
	}
	p := &event.Process{
		EntityID: id, PID: c.HostPID, NSPID: c.PID, UID: c.UID, Name: c.ProcessName, Executable: c.Executable,
		Parent: &event.Process{EntityID: c.ParentEntityID, PID: c.HostPPID},
	}
	if c.HostPID == c.HostTID {
		p.StartTime = c.ThreadStartTime
	}
	return p
}
