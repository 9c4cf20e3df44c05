package dns

import (
	"math"
	"slices"

	"github.com/weirsec/weir/internal/datasource/bounded"
	"github.com/weirsec/weir/schemas/event"
)

const (
	// never is a time that does not come; -never is before all others.
	never = math.MaxInt64
	// nodeSize is about what a name or address takes besides its text, with its
	// places in maps; linkSize what a link takes in both of its ends.
	nodeSize = 384
	linkSize = 96
)

type item = bounded.Item[key, node]

// node is a name or an address.
type node struct {
	// up are the names (for names told by PTR records, the addresses) whose
	// records led here, those told last at the end; down are those that records
	// of this one lead to.
	up   []link
	down []*item
	// root is the name in question of the last response that told of it.
	root string
	// asked is whether it was itself in question.
	asked bool
	// address is whether it is one: what looks like one is.
	address bool
	// since is when it was told of first; until is when the last record about it
	// expires.
	since, until int64
	// lost is until when a link that was cut for want of room would have held.
	lost int64

	// shown is what events show of it from first to last, as of an epoch.
	shown       *event.DNS
	first, last int64
	epoch       uint64
	// walk is the last walk that met it.
	walk uint64
}

// link says that a record led from another item.
type link struct {
	to *item
	// since is when that was told first. It held from a time until another one,
	// in Unix nanoseconds, both included; before that it held now and then.
	since, from, until int64
	// reverse is whether a PTR record told it.
	reverse bool
}

// holds reports whether the link held at a time.
func (l *link) holds(at int64) bool { return l.from <= at && at <= l.until }

// from returns the place in up of the link from a parent, or -1.
func (n *node) from(parent *item) int {
	for i := range slices.Backward(n.up) {
		if n.up[i].to == parent {
			return i
		}
	}
	return -1
}

// holds reports whether a record told of the node that was valid at a time.
func (n *node) holds(at int64) bool {
	for i := range n.up {
		if n.up[i].holds(at) {
			return true
		}
	}
	return false
}

// tell notes that a record led from a parent to a child.
func (c *Cache) tell(parent, child *item, at, until int64, reverse bool) {
	if parent == child {
		return
	}
	p, n := &parent.Value, &child.Value
	p.until, n.until = max(p.until, until), max(n.until, until)
	p.since, n.since = min(p.since, at), min(n.since, at)
	if i := n.from(parent); i >= 0 {
		if n.up[i].extend(at, until) {
			c.forget(child)
		}
		if last := len(n.up) - 1; i < last {
			l := n.up[i]
			copy(n.up[i:], n.up[i+1:])
			n.up[last] = l
			c.forget(child)
		}
		return
	}
	if len(n.up) >= MaxLinks {
		c.crowd(child, 0)
	}
	if len(p.down) >= MaxLinks {
		oldest := p.down[0]
		c.crowd(oldest, oldest.Value.from(parent))
	}
	n.up = append(n.up, link{to: parent, since: at, from: at, until: until, reverse: reverse})
	p.down = append(p.down, child)
	c.store.Grow(child, linkSize)
	c.forget(child)
}

// extend takes over another time for which the link holds, and reports whether
// what was said about any time so far may be wrong now.
func (l *link) extend(from, until int64) bool {
	l.since = min(l.since, from)
	if from > l.until || until < l.from {
		// Apart: the later one counts.
		if from > l.until {
			l.from, l.until = from, until
		}
		return true
	}
	earlier := from < l.from
	l.from = min(l.from, from)
	l.until = max(l.until, until)
	return earlier
}

// crowd cuts a link that there is no room for.
func (c *Cache) crowd(child *item, i int) {
	child.Value.lost = max(child.Value.lost, child.Value.up[i].until)
	c.counts.Links++
	c.cut(child, i)
}

// cut takes away link i of a child, at both ends.
func (c *Cache) cut(child *item, i int) {
	c.forget(child)
	unlink(child, i)
	c.store.Grow(child, -linkSize)
}

// unlink is cut for a child whose size and names are of no interest any more.
func unlink(child *item, i int) {
	n := &child.Value
	p := &n.up[i].to.Value
	n.up = append(n.up[:i], n.up[i+1:]...)
	for at, it := range p.down {
		if it == child {
			copy(p.down[at:], p.down[at+1:])
			p.down[len(p.down)-1] = nil
			p.down = p.down[:len(p.down)-1]
			return
		}
	}
}

// maxForget is how many items are visited where something changes.
const maxForget = 256

// forget takes back what events show of an item and of all that its records lead
// to.
func (c *Cache) forget(it *item) {
	c.walk++
	var space [8]*item
	queue := append(space[:0], it)
	it.Value.walk = c.walk
	for i := 0; i < len(queue); i++ {
		if i == maxForget {
			c.epoch++
			return
		}
		queue[i].Value.shown = nil
		for _, child := range queue[i].Value.down {
			if child.Value.walk != c.walk {
				child.Value.walk = c.walk
				queue = append(queue, child)
			}
		}
	}
}
