package engine

import "github.com/weirsec/weir/schemas/event"

// maxRoutes bounds the memory of routes, because imported events may bring any
// number of names. Beyond it routes are worked out anew each time.
const maxRoutes = 4096

// route is where events of one name and origin go.
type route struct {
	// members are the indices of the signatures that select them, in the order
	// in which they fire.
	members []int
}

// routes is what one Evaluator remembers of the index: for each name and
// origin the members that select it.
type routes struct {
	find  func(source, name, origin string) []int
	known map[routeKey]*route
}

type routeKey struct{ name, origin string }

func newRoutes(find func(source, name, origin string) []int) routes {
	return routes{find: find, known: make(map[routeKey]*route)}
}

// of returns the route of an event of the source.
func (r *routes) of(source string, ev *event.Event) *route {
	key := routeKey{ev.Name(), ev.Origin()}
	found, known := r.known[key]
	if !known {
		found = &route{members: r.find(source, key.name, key.origin)}
		if len(r.known) < maxRoutes {
			// The name may be a piece of a message that should not be kept.
			r.known[routeKey{string([]byte(key.name)), key.origin}] = found
		}
	}
	return found
}
