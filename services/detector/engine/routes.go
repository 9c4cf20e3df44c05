package engine

import (
	"strings"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/prefilter"
)

// maxRoutes bounds the memory of routes, because imported events may bring any
// number of names. Beyond it routes are worked out anew each time.
const maxRoutes = 4096

// route is where events of one name and origin go.
type route struct {
	key routeKey
	// members are the indices of the signatures that select them, in the order
	// in which they fire.
	members []int
	// The sieve goes by the members' places in members; candidates is what its
	// index fills.
	sieve
	candidates prefilter.Bits
}

// routes is what one Evaluator remembers of the index: for each name and
// origin the members that select it.
type routes struct {
	find  func(source, name, origin string) []int
	sieve func(key routeKey, members []int) sieve
	// declared is a sieve that costs little to make.
	declared func(key routeKey, members []int) sieve
	known    map[routeKey]*route
	// last is the route of the event before, as events of one kind come in rows.
	lastKey routeKey
	last    *route
}

type routeKey struct{ name, origin string }

func (s *Set) newRoutes(find func(source, name, origin string) []int, findings bool) routes {
	return routes{
		find: find, known: make(map[routeKey]*route),
		sieve:    func(key routeKey, members []int) sieve { return s.sieve(sieveKey{key, findings}, members) },
		declared: func(key routeKey, members []int) sieve { return s.declared(sieveKey{key, findings}, members) },
	}
}

// of returns the route of an event of the source.
func (r *routes) of(source string, ev *event.Event) *route {
	key := routeKey{ev.Name(), ev.Origin()}
	if r.last != nil && r.lastKey == key {
		return r.last
	}
	found, known := r.known[key]
	if !known {
		// The name may be a piece of a message that should not be kept.
		key.name = strings.Clone(key.name)
		found = &route{members: r.find(source, key.name, key.origin)}
		if len(r.known) >= maxRoutes {
			found.sieve = r.declared(key, found.members)
			return found
		}
		if found.sieve = r.sieve(key, found.members); found.index != nil {
			found.candidates = found.index.NewBits()
		}
		found.key = key
		r.known[key] = found
	}
	r.lastKey, r.last = found.key, found
	return found
}
