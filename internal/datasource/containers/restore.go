package containers

import (
	"errors"
	"fmt"
	"slices"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/statepb"
)

// Restore makes the table of which State was taken: it answers and forgets as
// that one would. What is over the limits goes with the next Advance. Without a
// state the table is empty. The error says what in the state cannot be.
func Restore(limits Limits, s *statepb.Containers) (*Table, error) {
	t := New(limits)
	if s == nil {
		return t, nil
	}
	if s.Version != stateVersion {
		return nil, fmt.Errorf("containers: state of version %d, this program knows %d", s.Version, stateVersion)
	}
	for _, restore := range []func(*statepb.Containers) error{t.restoreFacts, t.restoreCgroups, t.restoreRest} {
		if err := restore(s); err != nil {
			return nil, fmt.Errorf("containers: state: %w", err)
		}
	}
	return t, nil
}

func (t *Table) restoreFacts(s *statepb.Containers) error {
	for i, f := range s.Facts {
		id := string(f.GetId())
		if id == "" || t.facts.Peek(id) != nil {
			return fmt.Errorf("facts %d: container %q is empty or there twice", i, id)
		}
		if f.Status > uint32(event.StatusLost) {
			return fmt.Errorf("facts %d: status %d", i, f.Status)
		}
		if len(f.Labels)%2 != 0 || len(f.PodLabels)%2 != 0 {
			return fmt.Errorf("facts %d: labels that are not pairs", i)
		}
		t.set(id, restoredFacts(f))
		if f.Removed {
			t.facts.Retire(t.facts.Peek(id), f.RemovedAt)
		}
	}
	return nil
}

func restoredFacts(f *statepb.ContainerFacts) *Facts {
	return &Facts{
		Runtime: string(f.Runtime), Name: string(f.Name), Image: string(f.Image), ImageDigest: string(f.ImageDigest),
		Labels: restoredLabels(f.Labels), PodLabels: restoredLabels(f.PodLabels),
		PodName: string(f.PodName), PodNamespace: string(f.PodNamespace), PodUID: string(f.PodUid),
		Sandbox: f.Sandbox, PID: f.Pid, Created: f.Created, Started: f.Started, status: event.Status(f.Status),
	}
}

func restoredLabels(list [][]byte) *event.Labels {
	pairs := make([]string, len(list))
	for i, text := range list {
		pairs[i] = string(text)
	}
	return event.NewLabels(pairs...)
}

func (t *Table) restoreCgroups(s *statepb.Containers) error {
	boxes := make([]*Container, len(s.Containers))
	for i, from := range s.Containers {
		c := &Container{
			ID: string(from.GetId()), Runtime: string(from.GetRuntime()), PodUID: string(from.GetPodUid()),
			life:   life{made: from.GetMade(), setupNS: from.GetSetupNs(), ran: from.GetRan(), begun: from.GetBegun()},
			gaveUp: from.GetGaveUp(),
		}
		if c.ID == "" || t.containers[c.ID] != nil {
			return fmt.Errorf("container %d: id %q is empty or there twice", i, c.ID)
		}
		if c.know(t.facts.Peek(c.ID)); c.facts == nil {
			c.forgotten = from.GetForgotten()
		}
		boxes[i], t.containers[c.ID] = c, c
	}
	for i, g := range s.Cgroups {
		n := g.GetContainer()
		if t.cgroups.Peek(g.GetId()) != nil || int64(n) > int64(len(boxes)) {
			return fmt.Errorf("cgroup %d: it is there twice, or of a container that is not there", i)
		}
		it := t.cgroups.Add(g.GetId(), entrySize)
		if n > 0 {
			it.Value.container = boxes[n-1]
			it.Value.container.cgroups++
		}
		if g.GetRemoved() {
			t.cgroups.Retire(it, g.GetRemovedAt())
		}
	}
	for _, c := range boxes {
		if c.cgroups == 0 {
			return fmt.Errorf("container %q has no cgroup", c.ID)
		}
	}
	return nil
}

func (t *Table) restoreRest(s *statepb.Containers) error {
	if len(s.Runtimes) > maxRuntimes {
		return errors.New("too many runtimes")
	}
	for _, name := range s.Runtimes {
		t.runtimes[string(name)] = true
	}
	t.cgroups.Recall(s.EvictedCgroups, slices.Values(s.GoneCgroups))
	t.facts.Recall(s.EvictedFacts, func(yield func(string) bool) {
		for _, id := range s.GoneFacts {
			if !yield(string(id)) {
				return
			}
		}
	})
	return nil
}
