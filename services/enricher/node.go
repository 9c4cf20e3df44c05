package enricher

import (
	"github.com/weirsec/weir/internal/datasource/containers"
	"github.com/weirsec/weir/internal/datasource/dns"
	"github.com/weirsec/weir/internal/datasource/processtree"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/ledger"
)

// boot names one boot of one node.
type boot struct{ node, id string }

// node is what is known about one boot of one node.
type node struct {
	name       boot
	tree       *processtree.Tree
	containers *containers.Table
	// hold has the events of containers that are not known yet.
	hold hold
	dns  *dns.Cache
	// host is the partition of the node's events outside containers.
	host int
	// watermark is the latest event time so far.
	watermark int64
	// place is how far its messages have been read, tallies what its collector
	// told last, and numbers are those of the messages made of them.
	place   ledger.Place
	tallies ledger.Tallies
	numbers numbers
	// marks are where the stream has the last of them.
	marks map[int]*ledger.Mark
	// used is the number of the message that used it last.
	used uint64
	// counts, cgroups, facts and names are what has been reported of what was left
	// out.
	counts         processtree.Counts
	cgroups, facts uint64
	names          dns.Counts
}

func newNode(cfg *Config, name boot) *node {
	return &node{
		name: name, hold: newHold(), numbers: numbers{}, marks: map[int]*ledger.Mark{},
		tree: processtree.New(cfg.Processes), containers: containers.New(cfg.Containers),
		dns: dns.New(cfg.DNS), host: cfg.Partition(name.node, "", cfg.Partitions),
	}
}

// place is where an event happened.
type place struct {
	// id is that of the container, "" outside.
	id string
	// box is what is known of it, and status how well.
	box    *containers.Container
	status event.Status
}

// giveUp says that nobody waits for the container's facts.
func (p place) giveUp() {
	if p.box != nil {
		p.box.GiveUp()
	}
}

// enrich learns from an event and fills in its context. It returns where the
// event happened.
func (n *node) enrich(e *event.Event) place {
	n.containers.Apply(e)
	n.tree.Apply(e)
	c := e.Context
	box, boxStatus := n.containers.Subject(e)
	if boxStatus == event.StatusNone {
		box, boxStatus = n.containers.Lookup(c.CgroupID)
	}
	in := place{box: box, status: boxStatus}
	shown, pod := box.Show()
	in.id = shown.ID
	if c.ProcessStatus == event.StatusNone {
		// The tree learns the process's container from there.
		c.Container = *shown
	}
	process, status := n.tree.LineageOf(c, e.Time)
	started := box != nil && box.Started(e.Time)
	if c.ProcessStatus != event.StatusNone {
		// An earlier event of the thread has been here. What holds for this one
		// may be something else by now: then it needs a context of its own.
		if c.Process == process && c.ProcessStatus == status &&
			c.ContainerStatus == boxStatus && c.ContainerStarted == started &&
			c.Container == *shown && c.Kubernetes == *pod {
			return in
		}
		own := *c
		c, e.Context = &own, &own
	}
	c.Process, c.ProcessStatus = process, status
	if status == event.StatusResolved && process.Executable != "" {
		c.Executable = process.Executable
	}
	c.ContainerStatus, c.ContainerStarted = boxStatus, started
	c.Container, c.Kubernetes = *shown, *pod
	return in
}

// resolve learns from a DNS message, and tells the names of an event's remote
// address. The event's context must be filled in.
func (n *node) resolve(e *event.Event) {
	n.dns.Apply(e)
	n.dns.Resolve(e)
}

// advance ends a message: it lets go of what is old and adds the evictions
// since the last one to the tally.
func (n *node) advance(t *tally) {
	n.tree.Advance(n.watermark)
	n.containers.Advance(n.watermark)
	n.dns.Advance(n.watermark)
	now := n.tree.Counts()
	cgroups, facts := n.containers.Evicted()
	t.tree = processtree.Counts{
		Processes:  now.Processes - n.counts.Processes,
		Images:     now.Images - n.counts.Images,
		Args:       now.Args - n.counts.Args,
		Threads:    now.Threads - n.counts.Threads,
		Identities: now.Identities - n.counts.Identities,
	}
	t.cgroups, t.containers = cgroups-n.cgroups, facts-n.facts
	names := n.dns.Counts()
	t.dns = names.Since(n.names)
	n.counts, n.cgroups, n.facts, n.names = now, cgroups, facts, names
}
