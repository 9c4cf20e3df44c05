package source

import (
	"strings"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

const (
	// replicaBytes bounds what the replicas of one partition may take together:
	// beyond it the node that was not heard of for longest is forgotten.
	replicaBytes = 64 << 20
	// replicaNodes bounds how many boots of nodes one partition knows.
	replicaNodes = 1024
	// advanceEvery is how many events there are between two looks at the clock
	// and the memory.
	advanceEvery = 1024
)

// replica is what one partition has learnt of its nodes for the sources that
// signatures have asked for.
type replica struct {
	make   stores
	wanted map[string]bool
	nodes  map[boot]*node
	// last is the node of the last event: most events of a batch are of one.
	last   *node
	events uint64
	limit  int
	count  *counts
}

// boot names one boot of one node.
type boot struct{ node, id string }

// node is what is known of one boot of a node, by the ids of sources.
type node struct {
	boot   boot
	stores map[string]store
	// used is the number of the last event, watermark the latest time.
	used      uint64
	watermark int64
}

func newReplica(make stores, c *counts) *replica {
	return &replica{make: make, limit: replicaBytes, count: c}
}

// want has the replica learn for a source from now on, if it can.
func (r *replica) want(id string) {
	if r.make[id] == nil || r.wanted[id] {
		return
	}
	if r.wanted == nil {
		r.wanted, r.nodes = make(map[string]bool), make(map[boot]*node)
	}
	r.wanted[id] = true
	for _, n := range r.nodes {
		n.stores[id] = r.make[id]()
	}
}

// learning reports whether any source wants events.
func (r *replica) learning() bool { return len(r.wanted) > 0 }

// learn takes in an event.
func (r *replica) learn(e *event.Event) {
	n := r.node(e.Context)
	r.events++
	n.used, n.watermark = r.events, max(n.watermark, e.Time)
	for _, s := range n.stores {
		s.learn(e)
	}
	if r.events%advanceEvery == 0 {
		r.advance()
	}
}

// node returns what is known of an event's node, nothing at first.
func (r *replica) node(c *event.Context) *node {
	if n := r.last; n != nil && n.boot.node == c.Node && n.boot.id == c.BootID {
		return n
	}
	n := r.nodes[boot{c.Node, c.BootID}]
	if n == nil {
		if len(r.nodes) >= replicaNodes {
			r.forget()
		}
		n = &node{boot: boot{strings.Clone(c.Node), strings.Clone(c.BootID)}, stores: make(map[string]store)}
		for id := range r.wanted {
			n.stores[id] = r.make[id]()
		}
		r.nodes[n.boot] = n
	}
	r.last = n
	return n
}

// advance forgets what is old, and whole nodes where all take too much.
func (r *replica) advance() {
	sum := 0
	for _, n := range r.nodes {
		for _, s := range n.stores {
			s.advance(n.watermark)
			sum += s.bytes()
		}
	}
	for sum > r.limit && len(r.nodes) > 1 {
		for _, s := range r.forget().stores {
			sum -= s.bytes()
		}
	}
}

// forget forgets the node that was not heard of for longest, and returns it.
func (r *replica) forget() *node {
	var oldest *node
	for _, n := range r.nodes {
		if oldest == nil || n.used < oldest.used {
			oldest = n
		}
	}
	delete(r.nodes, oldest.boot)
	if r.last == oldest {
		r.last = nil
	}
	r.count.forgotten.Add(1)
	return oldest
}

// get looks a key up among what is known of the event's node.
func (r *replica) get(id string, key any, e *event.Event, at int64) (map[string]any, event.Status, error) {
	n := r.nodes[boot{e.Context.Node, e.Context.BootID}]
	if n == nil || n.stores[id] == nil {
		return nil, event.StatusNotFound, sdk.ErrDataNotFound
	}
	return n.stores[id].get(key, e, at)
}

// inherit takes over what another replica has learnt of the sources that are
// wanted here.
func (r *replica) inherit(old *replica) {
	for key, known := range old.nodes {
		n := &node{boot: key, stores: make(map[string]store), used: known.used, watermark: known.watermark}
		for id := range r.wanted {
			if n.stores[id] = known.stores[id]; n.stores[id] == nil {
				n.stores[id] = r.make[id]()
			}
		}
		r.nodes[key] = n
	}
	r.events, r.last = old.events, nil
}
