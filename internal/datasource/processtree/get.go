package processtree

import (
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// Get answers the keys of signatures/sdk/datasource: a ProcKey, a ThreadKey or a
// LineageKey, by value, with the result keys that are said there. A key without
// a time asks for the one that is given as now (Unix nanoseconds). Asking changes
// nothing, not even what is evicted first. Each attribute is what the last event
// at or before the time told, zero where none did.
//
// The error is sdk.ErrKeyNotSupported, or sdk.ErrDataNotFound with a status that
// says why: lost where it was known and forgotten, else not found. Without an
// error the status is that of Lineage, or stale where it is known that the last
// thread of the process ended but not when this one did.
func (t *Tree) Get(key any, now int64) (map[string]any, event.Status, error) {
	switch key := key.(type) {
	case datasource.ProcKey:
		it, status := t.look(key.EntityID)
		if it == nil {
			return nil, status, sdk.ErrDataNotFound
		}
		at := asked(key.Time, now)
		return map[string]any{"process_info": relevant(at, t.processInfo(it, at))}, t.statusOf(it, at), nil
	case datasource.ThreadKey:
		at := asked(key.Time, now)
		info, status, ok := t.thread(key.EntityID, at)
		if !ok {
			return nil, status, sdk.ErrDataNotFound
		}
		return map[string]any{"thread_info": relevant(at, info)}, status, nil
	case datasource.LineageKey:
		it, status := t.look(key.EntityID)
		if it == nil {
			return nil, status, sdk.ErrDataNotFound
		}
		at := asked(key.Time, now)
		return map[string]any{"process_lineage": t.ancestry(it, at, key.MaxDepth)}, t.statusOf(it, at), nil
	default:
		return nil, event.StatusNone, sdk.ErrKeyNotSupported
	}
}

// asked is the time that a key asks for, in Unix nanoseconds.
func asked(at time.Time, now int64) int64 {
	if at.IsZero() {
		return now
	}
	return at.UnixNano()
}

func relevant[T any](at int64, info T) datasource.TimeRelevant[T] {
	return datasource.TimeRelevant[T]{Timestamp: time.Unix(0, at), Info: info}
}

// look returns a process, or nil and why it is not known.
func (t *Tree) look(entity uint32) (*node, event.Status) {
	it := t.processes.Peek(entity)
	switch {
	case it != nil:
		return it, event.StatusResolved
	case t.processes.Gone(entity):
		return nil, event.StatusLost
	default:
		return nil, event.StatusNotFound
	}
}

// statusOf is how sure the facts of a process are.
func (t *Tree) statusOf(it *node, at int64) event.Status {
	if p := &it.Value; p.over != 0 && at > p.over && p.firstExit() == 0 {
		return event.StatusStale
	}
	return it.Value.status(at)
}

// thread returns what is known of a thread; the first one of a process is known
// with the process.
func (t *Tree) thread(entity uint32, at int64) (datasource.ThreadInfo, event.Status, bool) {
	if it := t.threads.Peek(entity); it != nil {
		info, status := t.threadInfo(it, at)
		return info, status, true
	}
	if it := t.processes.Peek(entity); it != nil {
		return t.firstThreadInfo(it, at), it.Value.status(at), true
	}
	if t.threads.Gone(entity) || t.processes.Gone(entity) {
		return datasource.ThreadInfo{}, event.StatusLost, false
	}
	return datasource.ThreadInfo{}, event.StatusNotFound, false
}
