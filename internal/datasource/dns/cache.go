package dns

import (
	"strings"
	"time"

	"github.com/weirsec/weir/internal/datasource/bounded"
	"github.com/weirsec/weir/schemas/event"
)

// Cache knows what the containers of one node were told.
type Cache struct {
	limits Limits
	store  *bounded.Store[key, node]
	// containers counts how many keys share each container's id.
	containers map[string]*holder
	counts     Counts
	// observed is whether any DNS message was seen: before, nothing is said of
	// names.
	observed bool
	// swept is when what had expired was last let go of.
	swept int64

	// epoch changes where more names than can be visited may be wrong now; walk
	// numbers the walks over nodes, of which each notes the last that met it.
	epoch, walk uint64
	// evicting is set while items are removed for want of memory.
	evicting bool
	// plain are the answers without names, by status.
	plain [event.StatusLost + 1]*event.DNS
	// What is read of the message at hand.
	message message
}

// key names an item: a name in lower case without a dot at its end, or an
// address.
type key struct {
	Scope
	text string
}

// holder is a text that several keys share.
type holder struct {
	text string
	keys int
}

// Counts says what a Cache has left out since it was made.
type Counts struct {
	// Evicted are names and addresses that were forgotten for want of memory.
	Evicted uint64
	// Links are pairs of a name and an address, or of names, of those that have
	// more than MaxLinks.
	Links uint64
	// Records are records of responses with more than MaxRecords, with names
	// longer than MaxText or with addresses that are none.
	Records uint64
	// Unrelated are records that do not lead from the name in question.
	Unrelated uint64
	// Messages are responses that could not be read, or have not one question.
	Messages uint64
	// Names are names that were left out of what an event shows, or of an answer
	// of Get, because there are too many.
	Names uint64
}

// Since returns what was left out after an earlier count.
func (c Counts) Since(before Counts) Counts {
	return Counts{
		Evicted: c.Evicted - before.Evicted, Links: c.Links - before.Links, Records: c.Records - before.Records,
		Unrelated: c.Unrelated - before.Unrelated, Messages: c.Messages - before.Messages, Names: c.Names - before.Names,
	}
}

// New returns an empty Cache.
func New(limits Limits) *Cache {
	c := &Cache{limits: limits, containers: make(map[string]*holder)}
	c.store = bounded.New(limits.Bytes, c.removed)
	for s := range c.plain {
		c.plain[s] = &event.DNS{Status: event.Status(s)}
	}
	return c
}

// Counts returns what the cache has left out so far.
func (c *Cache) Counts() Counts {
	counts := c.counts
	counts.Evicted = c.store.Evicted()
	return counts
}

// Len returns how many names and addresses are known.
func (c *Cache) Len() int { return c.store.Len() }

// Bytes returns about how much memory the cache takes.
func (c *Cache) Bytes() int { return c.store.Bytes() }

// sweepEvery is how often what has expired is looked for, in event time.
const sweepEvery = int64(time.Minute)

// Advance lets go of what expired longer ago than it is to be kept. now is an
// event time in Unix nanoseconds.
func (c *Cache) Advance(now int64) {
	if now < after(c.swept, sweepEvery) {
		return
	}
	c.swept = now
	var old []*item
	for it := range c.store.Items() {
		if after(it.Value.until, int64(c.limits.Keep)) < now {
			old = append(old, it)
		}
	}
	for _, it := range old {
		c.store.Drop(it)
	}
}

// trim evicts what is over the limit.
func (c *Cache) trim() {
	c.evicting = true
	c.store.Trim()
	c.evicting = false
}

// item returns the item of a key, which it makes if need be.
func (c *Cache) item(s Scope, text string) *item {
	if it := c.store.Get(key{s, text}); it != nil {
		return it
	}
	h := c.containers[s.Container]
	if h == nil {
		h = &holder{text: strings.Clone(s.Container)}
		c.containers[h.text] = h
	}
	h.keys++
	s.Container = h.text
	text = strings.Clone(text)
	it := c.store.Add(key{s, text}, nodeSize+len(text))
	it.Value = node{address: address(text) == text, since: never, until: -never, lost: -never}
	return it
}

// removed takes an item out of its neighbours.
func (c *Cache) removed(it *item) {
	c.forget(it)
	for len(it.Value.up) > 0 {
		unlink(it, len(it.Value.up)-1)
	}
	for len(it.Value.down) > 0 {
		child := it.Value.down[0]
		i := child.Value.from(it)
		if until := child.Value.up[i].until; c.evicting {
			child.Value.lost = max(child.Value.lost, until)
		}
		c.cut(child, i)
	}
	h := c.containers[it.Key.Container]
	if h.keys--; h.keys == 0 {
		delete(c.containers, h.text)
	}
}

// after adds to a time, without going around.
func after(at, more int64) int64 {
	if sum := at + more; sum >= at {
		return sum
	}
	return never
}
