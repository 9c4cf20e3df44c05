package source

import (
	"time"

	"github.com/weirsec/weir/internal/datasource/query"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// processAtHand is what the event at hand knows: its process, its thread and the
// ancestors that travel with the event.
func processAtHand(e *event.Event, key any, at int64) (map[string]any, bool) {
	switch key := key.(type) {
	case datasource.ProcKey:
		if p := find(e, key.EntityID); p != nil {
			return map[string]any{query.ProcessInfo: relevant(at, processInfo(e, p, at))}, true
		}
	case datasource.ThreadKey:
		if key.EntityID == 0 {
			break
		}
		if info, ok := threadInfo(e, key.EntityID, at); ok {
			return map[string]any{query.ThreadInfo: relevant(at, info)}, true
		}
	case datasource.LineageKey:
		if p := find(e, key.EntityID); p != nil {
			return map[string]any{query.ProcessLineage: lineage(e, p, at, key.MaxDepth)}, true
		}
	}
	return nil, false
}

func relevant[T any](at int64, info T) datasource.TimeRelevant[T] {
	return datasource.TimeRelevant[T]{Timestamp: time.Unix(0, at), Info: info}
}

// find returns the process of that entity id, nil where the event does not
// know it. A process without a lineage is what the event itself says.
func find(e *event.Event, id uint32) *event.Process {
	if id == 0 {
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
