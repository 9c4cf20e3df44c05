package dns

import "github.com/weirsec/weir/schemas/event"

// Names returns what events show of an address: the names that a scope was told
// for it, as of a time in Unix nanoseconds. It is nil as long as no DNS message
// was seen at all. The same is handed out again while it holds, so that this
// costs no memory.
func (c *Cache) Names(scope Scope, addr string, at int64) *event.DNS {
	if !c.observed {
		return nil
	}
	it := c.store.Get(key{scope, addr})
	if it == nil && !dotted(addr) {
		if addr = address(addr); addr == "" {
			return nil
		}
		it = c.store.Get(key{scope, addr})
	}
	switch {
	case it == nil && c.store.Gone(key{scope, addr}):
		return c.plain[event.StatusLost]
	case it == nil:
		return c.plain[event.StatusNotFound]
	}
	n := &it.Value
	if n.shown == nil || n.epoch != c.epoch || at < n.first || at > n.last {
		c.show(it, at)
	}
	return n.shown
}

// Resolve fills in what is known of an event's remote address. It costs a look at
// the event's name where that has none.
func (c *Cache) Resolve(e *event.Event) {
	if !c.observed || e.DNS != nil {
		return
	}
	if addr := e.RemoteAddress(); addr != "" {
		e.DNS = c.Names(ScopeOf(e.Context), addr, e.Time)
	}
}

// show works out what events show of an address at a time.
func (c *Cache) show(it *item, at int64) {
	n := &it.Value
	s := shower{at: at, first: -never, last: never}
	status := event.StatusResolved
	names := s.collect(c, it, (*link).holds)
	if len(names) == 0 {
		names = s.collect(c, it, func(l *link, at int64) bool { return l.since <= at })
		switch {
		case at <= n.lost:
			status = event.StatusLost
			s.last = min(s.last, n.lost)
		case len(names) > 0:
			status = event.StatusStale
			s.first = max(s.first, after(n.lost, 1))
		default:
			status = event.StatusNotFound
			s.first = max(s.first, after(n.lost, 1))
		}
	}
	c.counts.Names += s.left
	n.shown = c.plain[status]
	if len(names) > 0 {
		n.shown = &event.DNS{Names: names, Status: status}
	}
	n.first, n.last, n.epoch = s.first, s.last, c.epoch
}

// shower collects the names of an address.
type shower struct {
	at int64
	// first and last bound the time for which the answer is the same.
	first, last int64
	names       []string
	left        uint64
}

// maxVisits is how many items are visited to answer a question.
const maxVisits = 512

// collect returns the names that links lead from, of which use accepts some.
func (s *shower) collect(c *Cache, it *item, use func(*link, int64) bool) []string {
	c.walk++
	it.Value.walk = c.walk
	s.names, s.left = nil, 0
	s.climb(c.walk, it, use, maxVisits)
	return s.names
}

// climb adds the names above an item, those that were told last first and of a
// chain the one in question first. It returns how many items may still be
// visited.
func (s *shower) climb(walk uint64, it *item, use func(*link, int64) bool, visits int) int {
	up := it.Value.up
	for i := len(up) - 1; i >= 0 && visits > 0; i-- {
		l := &up[i]
		s.bound(l)
		parent := &l.to.Value
		if l.reverse || parent.walk == walk || !use(l, s.at) {
			continue
		}
		parent.walk = walk
		visits = s.climb(walk, l.to, use, visits-1)
		if len(s.names) < event.MaxNames {
			s.names = append(s.names, l.to.Key.text)
		} else {
			s.left++
		}
	}
	return visits
}

// bound notes when a link says something else.
func (s *shower) bound(l *link) {
	for _, t := range [...]int64{l.since, l.from} {
		if t <= s.at {
			s.first = max(s.first, t)
		} else {
			s.last = min(s.last, t-1)
		}
	}
	if l.until < s.at {
		s.first = max(s.first, l.until+1)
	} else {
		s.last = min(s.last, l.until)
	}
}
