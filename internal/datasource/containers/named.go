package containers

import (
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// Named is Lookup by a container's id. It is nil where nothing is known of the
// container: pending, or lost where something was.
func (t *Table) Named(id string) (*Container, event.Status) {
	if c := t.containers[id]; c != nil {
		return c, t.status(c)
	}
	if it := t.facts.Peek(id); it != nil {
		c := t.unseen(id, it.Value.Runtime)
		return c, t.status(c)
	}
	if t.facts.Gone(id) {
		return nil, event.StatusLost
	}
	return nil, event.StatusPending
}

// unseen makes a container of what its runtime told, which may be nothing: no
// cgroup of it is known.
func (t *Table) unseen(id, runtime string) *Container {
	c := &Container{ID: id, Runtime: runtime, life: newLife()}
	it := t.facts.Peek(id)
	c.know(it)
	c.forgotten = it == nil && t.facts.Gone(id)
	c.life.ran = it != nil && it.Value.PID != 0
	return c
}

// shortest is how many digits of an id are enough to ask by: what runtimes show
// to people.
const shortest = 12

// whole returns the id that a key stands for: itself or, where nothing of that
// id is known, the only known id that begins with it.
func (t *Table) whole(key string) string {
	if t.containers[key] != nil || t.facts.Peek(key) != nil || len(key) < shortest {
		return key
	}
	found := key
	for it := range t.facts.Items() {
		if strings.HasPrefix(it.Key, key) {
			if found != key {
				return key
			}
			found = it.Key
		}
	}
	for id := range t.containers {
		if strings.HasPrefix(id, key) && id != found {
			if found != key {
				return key
			}
			found = id
		}
	}
	return found
}
