package enricher

import (
	"fmt"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
)

// leave returns messages of all that is held of a node which is forgotten, made
// while the message of that id is handled.
func (h *handler) leave(id string, n *node, t *tally) ([]stage.Output, error) {
	if len(n.hold.queue) == 0 {
		return nil, nil
	}
	h.split.reset(nil)
	for len(n.hold.queue) > 0 {
		if err := h.letGo(n, n.hold.queue[0], releasedNode, t); err != nil {
			return nil, err
		}
	}
	h.split.number(n, h.split.begin, h.split.beginAt)
	env := &eventpb.Envelope{Node: n.name.node, BootId: n.name.id}
	out, err := h.split.outputs(id+"/"+n.name.node+"/"+n.name.id, env, n.host, t)
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", n.name.node, err)
	}
	n.numbers = h.split.numbers
	return out, nil
}
