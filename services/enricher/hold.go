package enricher

import (
	"errors"
	"fmt"
	"strings"

	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// hold keeps the events of a node's containers that no runtime has told of yet.
// They are kept as messages: their texts belong to larger ones, and a checkpoint
// has them as they are.
type hold struct {
	boxes map[string]*heldBox
	// queue has the boxes in the order in which their first events came.
	queue []*heldBox
	// bytes is how much memory the messages take.
	bytes int
}

// heldBox are the events of one container.
type heldBox struct {
	id string
	// since is the time of the first event.
	since int64
	// last is the highest number of an event.
	last uint64
	// chunks are messages weir.event.v1.Batch, events the number of their events.
	chunks [][]byte
	events int
}

func newHold() hold { return hold{boxes: make(map[string]*heldBox)} }

// add keeps a message of events of one container, of which there is one at
// least. Those of a message that has come before are there already.
func (h *hold) add(id string, events []event.Event, data []byte) (added bool) {
	b := h.boxes[id]
	if b == nil {
		b = &heldBox{id: strings.Clone(id), since: events[0].Time}
		h.boxes[b.id] = b
		h.queue = append(h.queue, b)
	}
	if len(b.chunks) > 0 && firstSeq(events, 0) <= b.last {
		return false
	}
	for i := range events {
		b.last = max(b.last, events[i].Seq)
	}
	b.chunks = append(b.chunks, data)
	b.events += len(events)
	h.bytes += len(data)
	return true
}

// remove takes a box out.
func (h *hold) remove(b *heldBox) {
	delete(h.boxes, b.id)
	for i, other := range h.queue {
		if other == b {
			h.queue = append(h.queue[:i], h.queue[i+1:]...)
			break
		}
	}
	for _, data := range b.chunks {
		h.bytes -= len(data)
	}
}

// decode returns the events of a box, in the order in which they came. They are
// the caller's.
func (b *heldBox) decode() ([]event.Event, error) {
	var all []event.Event
	for i, data := range b.chunks {
		var d batch.Decoder
		got, err := d.Decode(data)
		if err != nil {
			return nil, fmt.Errorf("held events %d of container %s: %w", i, b.id, err)
		}
		all = append(all, got.Events...)
	}
	return all, nil
}

// state returns what a checkpoint holds: the messages, container after
// container.
func (h *hold) state() [][]byte {
	var list [][]byte
	for _, b := range h.queue {
		list = append(list, b.chunks...)
	}
	return list
}

// restoreHold makes the hold of which state was taken, for one boot of a node.
func restoreHold(of boot, list [][]byte) (hold, error) {
	h := newHold()
	for i, data := range list {
		var d batch.Decoder
		got, err := d.Decode(data)
		if err == nil {
			err = checkHeld(of, got.Envelope, got.Events)
		}
		if err == nil && !h.add(got.Events[0].Context.Container.ID, got.Events, data) {
			err = errors.New("they do not follow those before")
		}
		if err != nil {
			return hold{}, fmt.Errorf("held events %d: %w", i, err)
		}
	}
	return h, nil
}

// checkHeld reports events that are not of one container of that node.
func checkHeld(of boot, env *eventpb.Envelope, events []event.Event) error {
	if len(events) == 0 {
		return errors.New("there are none")
	}
	if env.Node != of.node || env.BootId != of.id {
		return fmt.Errorf("of node %q, boot %q", env.Node, env.BootId)
	}
	id := events[0].Context.Container.ID
	for i := range events {
		if got := events[i].Context.Container.ID; got == "" || got != id {
			return fmt.Errorf("of container %q and of %q", id, got)
		}
	}
	return nil
}
