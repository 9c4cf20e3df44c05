package dns

import (
	"slices"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// Get answers as Tracee's data source "dns" does, as of a time in Unix
// nanoseconds. key is a name, an address or the reverse name of one. The result
// has
//
//	ip_addresses []string  the addresses that records lead to
//	dns_queries  []string  the names that led to the key, the key's own, and
//	                       those that it leads to by aliases and the like
//	dns_root     string    the name in question of the last response about it
//
// A name that was itself in question is known from then on, and stale when
// everything that was said of it has expired; all else is not found once it has.
// As with Tracee the lists do not leave out what has expired beside it. The
// status tells which, and of what is not found whether it is stale or lost.
//
// The errors are sdk.ErrKeyNotSupported for keys that are no texts and
// sdk.ErrDataNotFound.
func (c *Cache) Get(scope Scope, k any, at int64) (map[string]any, event.Status, error) {
	text, ok := k.(string)
	if !ok {
		return nil, event.StatusNone, sdk.ErrKeyNotSupported
	}
	if !c.observed {
		return nil, event.StatusNone, sdk.ErrDataNotFound
	}
	it, text := c.find(scope, text)
	if it == nil {
		if c.store.Gone(key{scope, text}) {
			return nil, event.StatusLost, sdk.ErrDataNotFound
		}
		return nil, event.StatusNotFound, sdk.ErrDataNotFound
	}
	n := &it.Value
	switch {
	case at < n.since:
		return nil, event.StatusNotFound, sdk.ErrDataNotFound
	case n.asked, n.holds(at):
	case at <= n.lost:
		return nil, event.StatusLost, sdk.ErrDataNotFound
	default:
		return nil, event.StatusStale, sdk.ErrDataNotFound
	}
	a := answer{cache: c, at: at, addresses: []string{}, names: []string{}}
	a.collect(it)
	c.counts.Names += a.left
	status := event.StatusStale
	if a.valid || n.holds(at) {
		status = event.StatusResolved
	}
	return map[string]any{"ip_addresses": a.addresses, "dns_queries": a.names, "dns_root": n.root}, status, nil
}

// find returns the item that a text asks for, or nil with its key's text.
func (c *Cache) find(scope Scope, text string) (*item, string) {
	if ip := address(text); ip != "" {
		return c.store.Get(key{scope, ip}), ip
	}
	text = fold(text)
	it := c.store.Get(key{scope, text})
	if it == nil {
		if ip := reversed(text); ip != "" {
			return c.store.Get(key{scope, ip}), ip
		}
	}
	return it, text
}

// answer collects what is around an item.
type answer struct {
	cache            *Cache
	at               int64
	addresses, names []string
	// valid is whether a record that leads on from there holds.
	valid bool
	left  uint64
}

// collect adds what leads to an item, farthest first, the item, and what that
// leads to.
func (a *answer) collect(it *item) {
	above := a.visit(it, func(it *item, add func(*item)) {
		for _, l := range it.Value.up {
			if l.since <= a.at {
				add(l.to)
			}
		}
	})
	slices.Reverse(above)
	below := a.visit(it, a.below(it))
	a.cache.walk++
	for _, it := range slices.Concat(above, below) {
		if it.Value.walk != a.cache.walk {
			it.Value.walk = a.cache.walk
			a.add(it)
		}
	}
}

// below gives what is led to. As with Tracee, what was not in question leads
// nowhere once it has expired.
func (a *answer) below(top *item) func(it *item, add func(*item)) {
	return func(it *item, add func(*item)) {
		if it != top && !it.Value.asked && !it.Value.holds(a.at) {
			return
		}
		for _, child := range it.Value.down {
			l := &child.Value.up[child.Value.from(it)]
			if l.since > a.at {
				continue
			}
			a.valid = a.valid || it == top && l.holds(a.at)
			add(child)
		}
	}
}

// visit returns an item and all that next gives of it and of those, each once.
func (a *answer) visit(from *item, next func(it *item, add func(*item))) []*item {
	a.cache.walk++
	from.Value.walk = a.cache.walk
	queue := []*item{from}
	for i := 0; i < len(queue); i++ {
		next(queue[i], func(more *item) {
			switch {
			case more.Value.walk == a.cache.walk:
			case len(queue) >= maxVisits:
				a.left++
			default:
				more.Value.walk = a.cache.walk
				queue = append(queue, more)
			}
		})
	}
	return queue
}

func (a *answer) add(it *item) {
	if it.Value.address {
		a.addresses = append(a.addresses, it.Key.text)
	} else {
		a.names = append(a.names, it.Key.text)
	}
}
