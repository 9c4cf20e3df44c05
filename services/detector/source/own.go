package source

import (
	"github.com/weirsec/weir/internal/datasource/query"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// own is one of Weir's own sources in one partition.
type own struct {
	id    string
	bound *bound
	// direct looks a key up in the event at hand as of a time.
	direct func(e *event.Event, key any, at int64) (map[string]any, bool)
}

// Namespace is the one that Tracee's sources have.
func (*own) Namespace() string { return datasource.Namespace }

// ID names the source.
func (o *own) ID() string { return o.id }

// Version is that of keys and results.
func (*own) Version() uint { return datasource.Version }

// Keys says which keys are taken, by value.
func (o *own) Keys() []string { return query.Keys(o.id) }

// Schema gives the keys of results.
func (o *own) Schema() string { return query.Schema(o.id) }

// Get answers from what the partition has learnt, from the event at hand where
// that knows more, and from what enrichers have answered before. What none of
// them knows is asked for, for later. What it returns lasts: a signature may put
// it into its finding.
func (o *own) Get(key any) (map[string]any, error) {
	result, from, err := o.look(key)
	o.bound.registry.counts.add(from)
	return result, err
}

func (o *own) look(key any) (map[string]any, outcome, error) {
	if err := query.Check(o.id, key); err != nil {
		return nil, refused, err
	}
	e := o.bound.event()
	if e == nil {
		return nil, notFound, sdk.ErrDataNotFound
	}
	at := asked(e, key)
	known, status, err := o.bound.replica.get(o.id, key, e, at)
	// An answer that is not found is all there is: a container of which no runtime
	// tells.
	whole := err == nil && (status == event.StatusResolved || status == event.StatusNotFound)
	// A lineage is looked at twice: either may know ancestors that the other does
	// not.
	_, chain := key.(datasource.LineageKey)
	if whole && !chain {
		return known, byReplica, nil
	}
	here, ok := o.direct(e, key, at)
	switch {
	case whole && (!ok || ancestors(known) >= ancestors(here)):
		return known, byReplica, nil
	case ok:
		return here, byEvent, nil
	}
	found, from, elsewhere := o.elsewhere(key, e)
	switch {
	case elsewhere == nil:
		return found, from, nil
	case err == nil:
		// What is not quite sure is better than nothing.
		return known, byReplica, nil
	case status == event.StatusLost && from == notFound:
		return nil, from, sdk.ErrDataLost
	default:
		return nil, from, elsewhere
	}
}

// elsewhere asks for what enrichers have answered.
func (o *own) elsewhere(key any, e *event.Event) (map[string]any, outcome, error) {
	m := o.bound.registry.misses
	if m == nil {
		return nil, notFound, sdk.ErrDataNotFound
	}
	return m.look(o.id, key, e, o.bound.visible)
}

// ancestors is how many processes a lineage has.
func ancestors(result map[string]any) int {
	lineage, _ := result[query.ProcessLineage].(datasource.ProcessLineage)
	return len(lineage)
}

// asked is the time that a key asks for, in Unix nanoseconds: that of the event
// where it says none.
func asked(e *event.Event, key any) int64 {
	at := e.Time
	switch k := key.(type) {
	case datasource.ProcKey:
		if !k.Time.IsZero() {
			at = k.Time.UnixNano()
		}
	case datasource.ThreadKey:
		if !k.Time.IsZero() {
			at = k.Time.UnixNano()
		}
	case datasource.LineageKey:
		if !k.Time.IsZero() {
			at = k.Time.UnixNano()
		}
	}
	return at
}
