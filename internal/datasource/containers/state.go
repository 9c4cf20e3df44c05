package containers

import (
	"maps"
	"slices"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/statepb"
)

// stateVersion is the version of the layout that State makes and Restore reads.
const stateVersion = 1

// State returns all that the table knows, for a checkpoint. It is the same for
// the same feed, and shares nothing that changes with the table.
func (t *Table) State() *statepb.Containers {
	s := &statepb.Containers{Version: stateVersion}
	s.EvictedCgroups, s.EvictedFacts = t.Evicted()
	place := make(map[string]uint32, len(t.containers))
	for _, id := range slices.Sorted(maps.Keys(t.containers)) {
		s.Containers = append(s.Containers, t.containers[id].state())
		place[id] = uint32(len(s.Containers))
	}
	for it := range t.cgroups.Items() {
		g := &statepb.Cgroup{Id: it.Key}
		if c := it.Value.container; c != nil {
			g.Container = place[c.ID]
		}
		g.RemovedAt, g.Removed = it.Retired()
		if !g.Removed {
			g.RemovedAt = 0 // A cgroup may be back.
		}
		s.Cgroups = append(s.Cgroups, g)
	}
	for it := range t.facts.Items() {
		s.Facts = append(s.Facts, factsState(it))
	}
	s.GoneCgroups = slices.Collect(t.cgroups.Ghosts())
	for id := range t.facts.Ghosts() {
		s.GoneFacts = append(s.GoneFacts, []byte(id))
	}
	for _, name := range slices.Sorted(maps.Keys(t.runtimes)) {
		s.Runtimes = append(s.Runtimes, []byte(name))
	}
	return s
}

func (c *Container) state() *statepb.Container {
	return &statepb.Container{
		Id: []byte(c.ID), Runtime: []byte(c.Runtime), PodUid: []byte(c.PodUID),
		Made: c.life.made, Begun: c.life.begun, SetupNs: c.life.setupNS, Ran: c.life.ran,
		Forgotten: c.forgotten, GaveUp: c.gaveUp,
	}
}

func factsState(it *factsItem) *statepb.ContainerFacts {
	f := it.Value
	s := &statepb.ContainerFacts{
		Id: []byte(it.Key), Runtime: []byte(f.Runtime), Name: []byte(f.Name),
		Image: []byte(f.Image), ImageDigest: []byte(f.ImageDigest),
		Labels: pairsState(f.Labels), PodLabels: pairsState(f.PodLabels),
		PodName: []byte(f.PodName), PodNamespace: []byte(f.PodNamespace), PodUid: []byte(f.PodUID),
		Sandbox: f.Sandbox, Pid: f.PID, Created: f.Created, Started: f.Started, Status: uint32(f.status),
	}
	if s.RemovedAt, s.Removed = it.Retired(); !s.Removed {
		s.RemovedAt = 0
	}
	return s
}

func pairsState(l *event.Labels) [][]byte {
	var list [][]byte
	for key, value := range l.All() {
		list = append(list, []byte(key), []byte(value))
	}
	return list
}
