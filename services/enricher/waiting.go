package enricher

import (
	"fmt"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// Why events are held no longer, as the metrics call it.
const (
	// releasedTold means that a runtime has told of their container, releasedLost
	// that it had, and that was forgotten.
	releasedTold = "told"
	releasedLost = "lost"
	// releasedTime and releasedBytes mean that the bound was reached.
	releasedTime  = "time"
	releasedBytes = "bytes"
	// releasedRemoved means that the container is gone: nobody will tell of it.
	releasedRemoved = "removed"
	// releasedNode means that too many nodes are known to keep this one.
	releasedNode = "node"
)

// waiting are the events of the message at hand that are to be held.
type waiting struct {
	places map[string]int
	groups []group
	// removed are containers that are gone, so that nobody waits any more.
	removed []string
}

// group are events of one container.
type group struct {
	id     string
	events []event.Event
}

func (w *waiting) reset() {
	if w.places == nil {
		w.places = make(map[string]int)
	}
	clear(w.places)
	clear(w.groups)
	w.groups, w.removed = w.groups[:0], w.removed[:0]
}

func (w *waiting) add(id string, e *event.Event) {
	i, known := w.places[id]
	if !known {
		i = len(w.groups)
		w.places[id] = i
		w.groups = append(w.groups, group{id: id})
	}
	w.groups[i].events = append(w.groups[i].events, *e)
}

// release lets the events go that need not wait any longer: of containers that
// are known by now, and of those that were waited for until clock, the latest
// time that the node has told of.
func (h *handler) release(n *node, clock int64, t *tally) error {
	for i := 0; i < len(n.hold.queue); {
		b := n.hold.queue[i]
		reason := ""
		switch c, status := n.containers.Named(b.id); {
		case c != nil && c.Facts() != nil:
			reason = releasedTold
		case status == event.StatusLost:
			reason = releasedLost
		case clock-b.since >= int64(h.cfg.Hold):
			reason = releasedTime
		default:
			i++
			continue
		}
		if err := h.letGo(n, b, reason, t); err != nil {
			return err
		}
	}
	return nil
}

// letGo puts the events of a container before those of the message at hand. They
// show what is known of it now.
func (h *handler) letGo(n *node, b *heldBox, reason string, t *tally) error {
	n.hold.remove(b)
	events, err := b.decode()
	if err != nil {
		return err
	}
	c, status := n.containers.Named(b.id)
	if c != nil {
		c.GiveUp()
	}
	shown, pod := c.Show()
	for i := range events {
		e := events[i].Context
		e.ContainerStatus = status
		if c != nil {
			e.Container, e.Kubernetes = *shown, *pod
		}
	}
	h.split.before(h.partition(n, b.id), events)
	if t.released == nil {
		t.released = make(map[string]int64)
	}
	t.released[reason] += int64(len(events))
	return nil
}

// partition returns the partition of a container's events.
func (h *handler) partition(n *node, container string) int {
	return h.cfg.Partition(n.name.node, container, h.cfg.Partitions)
}

// keep holds the events that wait, as far as the bound allows. What was lost
// before them is told in their partition now: it concerns all of its events.
func (h *handler) keep(n *node, env *eventpb.Envelope, t *tally) error {
	for _, g := range h.waiting.groups {
		own := &eventpb.Envelope{Node: n.name.node, BootId: n.name.id, FirstSeq: firstSeq(g.events, 0)}
		data, err := h.split.encoder.Encode(nil, own, g.events)
		if err != nil {
			return fmt.Errorf("hold events: %w", err)
		}
		if n.hold.add(g.id, g.events, data) {
			t.held += int64(len(g.events))
		}
		if len(env.Losses) > 0 {
			h.split.tell(h.partition(n, g.id))
		}
	}
	for _, id := range h.waiting.removed {
		if b := n.hold.boxes[id]; b != nil {
			if err := h.letGo(n, b, releasedRemoved, t); err != nil {
				return err
			}
		}
	}
	for n.hold.bytes > h.cfg.HoldBytes {
		if err := h.letGo(n, n.hold.queue[0], releasedBytes, t); err != nil {
			return err
		}
	}
	return nil
}

// waits reports whether an event is to be held: nobody has told of its container
// yet, or earlier ones of it are held.
func (h *handler) waits(n *node, e *event.Event, in place, clock int64) bool {
	if e.Hook == byRuntime && e.Shape.Name == "container_remove" && in.id != "" {
		if h.holds(n, in.id) {
			h.waiting.removed = append(h.waiting.removed, in.id)
		}
		in.giveUp()
		return false
	}
	// Also where no runtime has told of anything: this may be its first container.
	if in.box == nil || in.status == event.StatusLost || h.cfg.Hold == 0 || !in.box.Awaited() {
		return false
	}
	if clock-e.Time >= int64(h.cfg.Hold) && !h.holds(n, in.id) {
		// It happened too long ago already.
		in.giveUp()
		return false
	}
	return true
}

// holds reports whether earlier events of a container are held.
func (h *handler) holds(n *node, id string) bool {
	_, now := h.waiting.places[id]
	return now || n.hold.boxes[id] != nil
}
