package dns

import (
	"time"

	"github.com/weirsec/weir/schemas/event"
)

// Apply learns from an event of a DNS message; all others are ignored. Learning
// the same twice changes nothing but what is forgotten first.
func (c *Cache) Apply(e *event.Event) {
	name := e.Shape.Name
	if len(name) < len("net_packet_dns") || name[:len("net_packet_dns")] != "net_packet_dns" {
		return
	}
	m := &c.message
	arg, read := "proto_dns", m.readPacket
	switch name {
	case "net_packet_dns":
	case "net_packet_dns_response":
		arg, read = "dns_response", m.readResponse
	case "net_packet_dns_request":
		c.observed = true
		return
	default:
		return
	}
	c.observed = true
	v, _ := e.Arg(arg)
	if v.Kind() != event.KindJSON || leaving(e) {
		return
	}
	m.reset()
	if read(v.Text()) {
		c.learn(e)
	} else {
		c.counts.Messages++
	}
	m.release()
}

// learn takes over a message that was read.
func (c *Cache) learn(e *event.Event) {
	m := &c.message
	if !m.believed() || len(m.records) == 0 {
		return
	}
	question := fold(m.question)
	if m.questions != 1 || question == "" || len(question) > MaxText {
		c.counts.Messages++
		return
	}
	scope := ScopeOf(e.Context)
	c.counts.Records += uint64(m.more)
	l := lesson{Cache: c, scope: scope, at: e.Time, root: c.item(scope, question)}
	root := &l.root.Value
	root.asked, root.root = true, l.root.Key.text
	root.since = min(root.since, e.Time)
	l.records(m)
	// It was asked for, whatever the records say.
	root.until = max(root.until, after(e.Time, int64(MinTTL)))
	c.trim()
}

// lesson is a response that is being learnt.
type lesson struct {
	*Cache
	scope Scope
	at    int64
	root  *item
	// owners are the names that records have led to so far.
	owners [MaxRecords + 1]*item
	known  int
}

// maxPasses is how often a message is gone through where records come before
// those that lead to them.
const maxPasses = 8

// records takes over the records that lead from the name in question. They may
// come in any order, but mostly do so in theirs.
func (l *lesson) records(m *message) {
	l.owners[0], l.known = l.root, 1
	left := m.records
	for i := range left {
		left[i].owner = fold(left[i].owner)
	}
	for range maxPasses {
		rest := left[:0]
		for i := range left {
			if !l.record(m, &left[i]) {
				rest = append(rest, left[i])
			}
		}
		done := len(rest) == 0 || len(rest) == len(left)
		if left = rest; done {
			break
		}
	}
	l.counts.Unrelated += uint64(len(left))
}

// record takes over a record and reports whether it leads from a known name.
func (l *lesson) record(m *message, r *record) bool {
	owner := l.owner(r.owner)
	if owner == nil {
		return false
	}
	if r.class != "" && r.class != "IN" {
		return true
	}
	until := after(l.at, max(int64(MinTTL), min(r.ttl*int64(time.Second), int64(MaxTTL))))
	switch r.kind {
	case "A", "AAAA":
		l.address(owner, r.target, until, false)
	case "CNAME", "SRV", "MX":
		l.name(owner, r.target, until, false)
	case "PTR":
		l.pointer(owner, r.target, until)
	case "HTTPS", "SVCB":
		// A target of "." is the owner itself.
		if target := l.name(owner, r.target, until, false); target != nil {
			owner = target
		}
		for _, ip := range m.hints[r.hints[0]:r.hints[1]] {
			l.address(owner, ip, until, false)
		}
	}
	return true
}

// owner returns the item of a name that records have led to, or nil.
func (l *lesson) owner(name string) *item {
	if name == "" {
		return l.root
	}
	for _, it := range l.owners[:l.known] {
		if it.Key.text == name {
			return it
		}
	}
	return nil
}

// name notes that a record leads to a name, which is nil for one of no use.
func (l *lesson) name(owner *item, target string, until int64, reverse bool) *item {
	target = fold(target)
	if target == "" {
		return nil
	}
	if len(target) > MaxText {
		l.counts.Records++
		return nil
	}
	it := l.item(l.scope, target)
	l.tell(owner, it, l.at, until, reverse)
	if !it.Value.asked || it.Value.root == "" {
		it.Value.root = l.root.Key.text
	}
	if l.known < len(l.owners) {
		l.owners[l.known] = it
		l.known++
	}
	return it
}

// address notes that a record leads to an address.
func (l *lesson) address(owner *item, text string, until int64, reverse bool) *item {
	canonical := address(text)
	if canonical == "" {
		l.counts.Records++
		return nil
	}
	it := l.item(l.scope, canonical)
	it.Value.root = l.root.Key.text
	l.tell(owner, it, l.at, until, reverse)
	return it
}

// pointer notes that an address was said to have a name. It stands between the
// two names, as if the reverse one led to it.
func (l *lesson) pointer(owner *item, target string, until int64) {
	ip := reversed(owner.Key.text)
	if ip == "" {
		// Parts of reverse zones are delegated by aliases.
		ip = reversed(l.root.Key.text)
	}
	if ip == "" {
		l.name(owner, target, until, true)
		return
	}
	if it := l.address(owner, ip, until, true); it != nil {
		l.name(it, target, until, true)
	}
}
