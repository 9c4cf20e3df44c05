package source

import (
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// bound is the sources of one partition, used by one goroutine at a time.
type bound struct {
	registry *Registry
	event    func() *event.Event
	replica  *replica
	own      map[string]*own
	// visible is how many answers from elsewhere there were when the event at
	// hand came: later ones are not seen before the next, so that looking twice
	// while one event is evaluated gives the same.
	visible uint64
	asked   bool
}

// DataSource returns a source and whether there is one. One of Weir's own learns
// from then on.
func (b *bound) DataSource(namespace, id string) (sdk.DataSource, bool) {
	if namespace == datasource.Namespace {
		if s, ok := b.own[id]; ok {
			b.asked = true
			b.replica.want(id)
			return s, true
		}
	}
	s, ok := b.registry.registered[name{namespace, id}]
	return s, ok
}

// Learning reports whether events are wanted.
func (b *bound) Learning() bool { return b.asked }

// Learn takes in an event before it is evaluated.
func (b *bound) Learn(e *event.Event) {
	if m := b.registry.misses; m != nil {
		b.visible = m.told.Load()
	}
	if b.replica.learning() {
		b.replica.learn(e)
	}
}

// Inherit takes over what the sources that are replaced have learnt.
func (b *bound) Inherit(old engine.Bound) {
	if o, ok := old.(*bound); ok && b.replica.learning() {
		b.replica.inherit(o.replica)
	}
}
