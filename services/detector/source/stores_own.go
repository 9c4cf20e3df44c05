package source

import (
	"github.com/weirsec/weir/internal/datasource/containers"
	"github.com/weirsec/weir/internal/datasource/dns"
	"github.com/weirsec/weir/internal/datasource/processtree"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// What the replicas of one node may take in one partition: less than in the
// enricher, because a partition sees less of a node, and enrichers can be asked.
const (
	treeBytes      = 8 << 20
	containerBytes = 1 << 20
	factBytes      = 4 << 20
	nameBytes      = 4 << 20
	// maxAdopted is how many lineages are remembered as known.
	maxAdopted = 16384
)

// ownStores are the replicas of Weir's own sources.
func ownStores() stores {
	return stores{
		datasource.ProcessTree: newTree, datasource.Containers: newTable, datasource.DNS: newNames,
	}
}

// tree is the replica of process_tree. What a partition does not see of a node
// it learns from the lineages that come with events.
type tree struct {
	*processtree.Tree
	adopted map[uint32]told
}

// told is the program that a lineage told of last.
type told struct{ executed, started int64 }

func newTree() store {
	limits := processtree.Default()
	limits.Bytes = treeBytes
	return &tree{Tree: processtree.New(limits), adopted: make(map[uint32]told)}
}

func (t *tree) learn(e *event.Event) {
	t.Apply(e)
	p := e.Context.Process
	if p == nil {
		return
	}
	now := told{p.ExecTime, p.StartTime}
	if known, ok := t.adopted[p.EntityID]; ok && known == now {
		return
	}
	if len(t.adopted) >= maxAdopted {
		clear(t.adopted)
	}
	t.adopted[p.EntityID] = now
	// The tree knows lineages by their addresses, which the next batch uses again.
	t.Adopt(fresh(p), e.Time)
}

// fresh copies a lineage to addresses of its own; the texts stay where they are.
func fresh(p *event.Process) *event.Process {
	chain := make([]event.Process, 0, event.MaxLineage+1)
	for ; p != nil && len(chain) < cap(chain); p = p.Parent {
		chain = append(chain, *p)
	}
	for i := range chain[1:] {
		chain[i].Parent = &chain[i+1]
	}
	chain[len(chain)-1].Parent = nil
	return &chain[0]
}

func (t *tree) get(key any, _ *event.Event, at int64) (map[string]any, event.Status, error) {
	return t.Get(key, at)
}

func (t *tree) advance(now int64) { t.Advance(now) }
func (t *tree) bytes() int        { return t.Bytes() }

// table is the replica of containers.
type table struct{ *containers.Table }

func newTable() store {
	limits := containers.Default()
	limits.Bytes, limits.FactBytes = containerBytes, factBytes
	return table{containers.New(limits)}
}

func (t table) learn(e *event.Event) {
	t.Apply(e)
	t.Adopt(e.Context)
}

func (t table) get(key any, _ *event.Event, at int64) (map[string]any, event.Status, error) {
	return t.Get(key, at)
}

func (t table) advance(now int64) { t.Advance(now) }
func (t table) bytes() int        { return t.Bytes() }

// names is the replica of dns.
type names struct{ *dns.Cache }

func newNames() store {
	limits := dns.Default()
	limits.Bytes = nameBytes
	return names{dns.New(limits)}
}

func (n names) learn(e *event.Event) { n.Apply(e) }

func (n names) get(key any, e *event.Event, at int64) (map[string]any, event.Status, error) {
	return n.Get(dns.ScopeOf(e.Context), key, at)
}

func (n names) advance(now int64) { n.Advance(now) }
func (n names) bytes() int        { return n.Bytes() }
