package source

import (
	"fmt"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// Registry is the data sources of a detector. It is immutable and safe for
// concurrent use.
type Registry struct {
	registered map[name]sdk.DataSource
	stores     stores
	misses     *Misses
	counts     *counts
}

type name struct{ namespace, id string }

// NewRegistry returns a Registry of Weir's own sources and of those that are
// given. Two of one name are an error, and so is a source without a name.
func NewRegistry(sources ...sdk.DataSource) (*Registry, error) {
	r := &Registry{registered: make(map[name]sdk.DataSource), stores: ownStores(), counts: new(counts)}
	for i, s := range sources {
		if s == nil {
			return nil, fmt.Errorf("data source %d is nil", i)
		}
		if err := r.register(s); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// register takes a source. Its author's code may panic.
func (r *Registry) register(s sdk.DataSource) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("data source %T panics when it is asked what it is: %v", s, value)
		}
	}()
	key := name{s.Namespace(), s.ID()}
	_, taken := r.registered[key]
	switch {
	case key.namespace == "" || key.id == "":
		return fmt.Errorf("data source %T: the namespace is %q and the id %q: neither may be empty", s, key.namespace, key.id)
	case key.namespace == datasource.Namespace && isOwn(key.id):
		return fmt.Errorf("data source %s/%s is Weir's own: register %T under another namespace", key.namespace, key.id, s)
	case taken:
		return fmt.Errorf("data source %s/%s is registered twice: give %T another id", key.namespace, key.id, s)
	case s.Schema() == "" || len(s.Keys()) == 0:
		return fmt.Errorf("data source %s/%s says nothing of its keys or its schema", key.namespace, key.id)
	}
	r.registered[key] = s
	return nil
}

// With returns a Registry with the same sources that asks the enrichers for what
// it does not know itself; nil asks nobody.
func (r *Registry) With(m *Misses) *Registry {
	other := *r
	if other.misses = m; m != nil {
		other.counts = &m.counts
	}
	return &other
}

// Bind returns the sources of one partition. Weir's own answer from what they
// have learnt since somebody asked for them, and from the event at hand.
func (r *Registry) Bind(event func() *event.Event) engine.Bound {
	b := &bound{registry: r, event: event, replica: newReplica(r.stores, r.counts)}
	b.own = map[string]*own{
		datasource.Containers:  {id: datasource.Containers, bound: b, direct: containerAtHand},
		datasource.ProcessTree: {id: datasource.ProcessTree, bound: b, direct: processAtHand},
		datasource.DNS:         {id: datasource.DNS, bound: b, direct: nothingAtHand},
	}
	return b
}

// isOwn reports whether an id in Tracee's namespace is one of Weir's sources.
func isOwn(id string) bool {
	return id == datasource.Containers || id == datasource.ProcessTree || id == datasource.DNS
}
