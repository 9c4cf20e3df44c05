package source

import (
	"github.com/weirsec/weir/schemas/event"
)

// store is what one of Weir's own sources knows of one boot of one node, learnt
// from the events of a partition.
type store interface {
	// learn takes in an event. It keeps nothing of the event's memory.
	learn(e *event.Event)
	// get looks a key up as of a time in Unix nanoseconds, or as of the time that
	// the key says. The event is the one at hand.
	get(key any, e *event.Event, at int64) (map[string]any, event.Status, error)
	// advance forgets what is too old or too much at a time.
	advance(now int64)
	// bytes is about how much memory it takes.
	bytes() int
}

// stores makes them, by the source's id.
type stores map[string]func() store
