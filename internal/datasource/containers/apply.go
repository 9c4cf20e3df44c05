package containers

import (
	"strings"

	"github.com/weirsec/weir/schemas/cgroup"
	"github.com/weirsec/weir/schemas/event"
)

// Apply learns from an event; those that say nothing about cgroups and
// containers are ignored. Learning the same twice changes nothing.
func (t *Table) Apply(e *event.Event) {
	switch e.Shape.Name {
	case "cgroup_mkdir":
		id, path := cgroupOf(e)
		// Cgroups below the root may be made by the container itself.
		if c, identity := t.learn(id, path); c != nil && identity.Root {
			c.life.setUp(e.Time, e.Context.MountNS)
		}
	case "existing_cgroup":
		if c, _ := t.learn(cgroupOf(e)); c != nil {
			c.life.exists()
		}
	case "existing_process":
		path, _ := e.Arg("cgroup_path")
		if path.Text() == "" {
			return
		}
		if c, _ := t.learn(e.Context.CgroupID, path.Text()); c != nil {
			c.life.exists()
		}
	case "cgroup_rmdir":
		id, _ := cgroupOf(e)
		if it := t.cgroups.Peek(id); it != nil {
			t.cgroups.Retire(it, e.Time)
		}
	case "sched_process_exec":
		if it := t.cgroups.Peek(e.Context.CgroupID); it != nil && it.Value.container != nil {
			it.Value.container.life.execute(e.Context, e.Time)
		}
	case "container_create", "existing_container":
		t.told(e)
	case "container_remove":
		t.ended(e)
	}
}

// isTold reports whether events of that name are what a runtime tells.
func isTold(name string) bool {
	return name == "container_create" || name == "existing_container" || name == "container_remove"
}

// Foresee learns from an event before its turn, where that is what a runtime
// tells of a container that is there: what it is called holds for all of its
// life. It ignores all other events.
func (t *Table) Foresee(e *event.Event) {
	if name := e.Shape.Name; name == "container_create" || name == "existing_container" {
		t.told(e)
	}
}

// ended notes that a container is gone; its last events may come after that.
func (t *Table) ended(e *event.Event) {
	id, _ := idOf(e)
	if it := t.facts.Peek(id); it != nil {
		t.facts.Retire(it, e.Time)
	}
}

// told takes over the facts of a container.
func (t *Table) told(e *event.Event) {
	id, runtime := idOf(e)
	if id == "" {
		return
	}
	if len(t.runtimes) < maxRuntimes && !t.runtimes[runtime] {
		t.runtimes[strings.Clone(runtime)] = true
	}
	if it := t.facts.Peek(id); it != nil {
		t.facts.Restore(it)
	}
	t.set(id, factsOf(e))
}

// set puts the facts of a container, none of which aliases a message, in the
// place of those that there are.
func (t *Table) set(id string, facts *Facts) {
	it := t.facts.Peek(id)
	if it == nil {
		it = t.facts.Add(strings.Clone(id), facts.size())
	} else {
		t.facts.Grow(it, facts.size()-it.Value.size())
	}
	it.Value = facts
	if c := t.containers[id]; c != nil {
		c.know(it)
	}
}

func idOf(e *event.Event) (id, runtime string) {
	v, _ := e.Arg("container_id")
	r, _ := e.Arg("runtime")
	return v.Text(), r.Text()
}

func cgroupOf(e *event.Event) (uint64, string) {
	id, _ := e.Arg("cgroup_id")
	path, _ := e.Arg("cgroup_path")
	n, _ := id.Uint()
	return n, path.Text()
}

// learn notes the path of a cgroup. The container is nil on the host.
func (t *Table) learn(id uint64, path string) (*Container, cgroup.Identity) {
	identity := cgroup.Parse(path)
	if it := t.cgroups.Peek(id); it != nil {
		if c := it.Value.container; c != nil && c.ID == identity.Container.ID {
			return c, identity
		}
		// The kernel does not use an id again while the cgroup is there, so
		// the other path is of an earlier cgroup, or was cut off.
		if identity.Container.ID == "" {
			return nil, identity
		}
	}
	it := t.cgroups.Add(id, entrySize)
	t.cgroups.Restore(it)
	t.release(it.Value.container)
	it.Value.container = nil
	if identity.Container.ID == "" {
		return nil, identity
	}
	c := t.containers[identity.Container.ID]
	if c == nil {
		c = newContainer(identity)
		c.know(t.facts.Peek(c.ID))
		c.forgotten = c.facts == nil && t.facts.Gone(c.ID)
		t.containers[c.ID] = c
	}
	c.cgroups++
	it.Value.container = c
	return c, identity
}

// newContainer copies what it keeps: the path belongs to a whole message.
func newContainer(id cgroup.Identity) *Container {
	return &Container{
		ID:      strings.Clone(id.Container.ID),
		Runtime: strings.Clone(id.Container.Runtime),
		PodUID:  strings.Clone(id.PodUID),
		life:    newLife(),
	}
}
