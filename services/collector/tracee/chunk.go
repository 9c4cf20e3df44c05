package tracee

import (
	"slices"

	"github.com/weirsec/weir/schemas/event"
)

// chunk is what is read before it is handed on: events by node, each node's in
// their order. It is used again once they are encoded.
type chunk struct {
	nodes  []string
	events [][]event.Event
	count  int
	// text is what the events' texts are parts of. Where it grows, the earlier
	// ones keep what they have.
	text []byte
}

// reset empties the chunk.
func (c *chunk) reset() {
	clear(c.nodes)
	for i := range c.events {
		clear(c.events[i])
		c.events[i] = c.events[i][:0]
	}
	c.nodes, c.count, c.text = c.nodes[:0], 0, c.text[:0]
	if cap(c.text) > mostKept {
		c.text = nil
	}
}

// mostKept is how much memory for texts is kept for the next chunk.
const mostKept = 4 * batchBytes

// keep copies a line, which an event is to be made of.
func (c *chunk) keep(line []byte) []byte {
	begin := len(c.text)
	c.text = append(c.text, line...)
	return c.text[begin:len(c.text):len(c.text)]
}

func (c *chunk) add(e event.Event) {
	i := slices.Index(c.nodes, e.Context.Node)
	if i < 0 {
		i = len(c.nodes)
		c.nodes = append(c.nodes, e.Context.Node)
		if len(c.events) == i {
			c.events = append(c.events, nil)
		}
	}
	c.events[i] = append(c.events[i], e)
	c.count++
}

// full reports whether the chunk is enough for a batch.
func (c *chunk) full() bool { return c.count >= batchEvents || len(c.text) >= batchBytes }
