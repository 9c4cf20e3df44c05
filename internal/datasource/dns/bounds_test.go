package dns

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// fill tells a cache of n names.
func fill(t testing.TB, c *Cache, n int) {
	t.Helper()
	for i := range n {
		name := fmt.Sprintf("host-%d.fill.test", i)
		c.Apply(packet(t, box, start, response(name, a(name, fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)))))
	}
}

// Whatever is told, the cache keeps its limit and counts what it lets go of.
func TestBytes(t *testing.T) {
	limits := Limits{Bytes: 256 << 10, Keep: time.Hour}
	c := New(limits)
	fill(t, c, 2000)
	if c.Bytes() > limits.Bytes || c.Bytes() < limits.Bytes/2 || c.Len() < 200 {
		t.Errorf("%d bytes, %d names", c.Bytes(), c.Len())
	}
	if got, want := c.Counts().Evicted, uint64(2*2000-c.Len()); got != want {
		t.Errorf("%d evicted, want %d", got, want)
	}
	if got := show(c, box, "10.0.7.207", start); got != "resolved host-1999.fill.test" {
		t.Error(got)
	}
	check(t, c)
}

// The memory that is counted is about that which is taken.
func TestBytesAreTrue(t *testing.T) {
	before := heap()
	c := New(Limits{Bytes: 1 << 30, Keep: time.Hour})
	fill(t, c, 5000)
	for i := range 5000 {
		show(c, box, fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), start)
	}
	taken := int(heap() - before)
	if taken > c.Bytes()*5/4 || taken < c.Bytes()/2 {
		t.Errorf("%d bytes are taken, %d counted: %d and %d each", taken, c.Bytes(), taken/c.Len(), c.Bytes()/c.Len())
	}
	runtime.KeepAlive(c)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// One name with thousands of addresses, one address with thousands of names, and
// messages with thousands of records stay within bounds and end soon.
func TestHostile(t *testing.T) {
	c := New(Default())
	var many []rr
	for i := range 10_000 {
		many = append(many, a("many.test", fmt.Sprintf("10.1.%d.%d", i>>8, i&255)))
	}
	c.Apply(packet(t, box, start, response("many.test", many...)))
	if got := c.Counts().Records; got != 10_000-MaxRecords {
		t.Errorf("%d records left out", got)
	}
	for _, r := range many[:600] {
		c.Apply(packet(t, box, start, response("many.test", r)))
	}
	for i := range 600 {
		name := fmt.Sprintf("n%d.test", i)
		c.Apply(packet(t, box, start, response(name, a(name, "192.0.2.1"))))
	}
	check(t, c)
	if got := c.Counts().Links; got < 2*600-3*MaxLinks {
		t.Errorf("%d links left out", got)
	}
	d := c.Names(box, "192.0.2.1", start)
	if len(d.Names) != 16 || d.Names[0] != "n599.test" || c.Counts().Names != MaxLinks-16 {
		t.Errorf("%d names, the first %q; %d left out", len(d.Names), d.Names[0], c.Counts().Names)
	}
	if got := show(c, box, "10.1.0.1", start); got != "lost " {
		t.Errorf("an address that was driven out is %q", got)
	}
	// Each name leads to each other.
	var all []rr
	for i := range 12 {
		for j := range 12 {
			all = append(all, alias(fmt.Sprintf("k%d.test", i), fmt.Sprintf("k%d.test", j)))
		}
	}
	c.Apply(packet(t, box, start, response("k0.test", append(all[:120], a("k5.test", "192.0.2.9"))...)))
	if got := strings.Fields(show(c, box, "192.0.2.9", start)); len(got) != 1+10 {
		t.Errorf("names %q", got)
	}
	if got := get(c, box, "k3.test", start); !strings.HasSuffix(got, "/ 192.0.2.9") {
		t.Error(got)
	}
	check(t, c)
}

// Bytes that no name should have are kept as they are.
func TestControlBytes(t *testing.T) {
	name := "a\x00b\x1b[31m\n\u202e.test"
	c := told(t, response(name, a(name, "192.0.2.1")))
	if got := show(c, box, "192.0.2.1", start); got != "resolved "+name {
		t.Errorf("%q", got)
	}
}

// check holds a cache against what must always be true of it.
func check(t testing.TB, c *Cache) {
	t.Helper()
	bytes, keys := 0, map[string]int{}
	for it := range c.store.Items() {
		n := &it.Value
		bytes += nodeSize + len(it.Key.text) + linkSize*len(n.up)
		keys[it.Key.Container]++
		if len(n.up) > MaxLinks || len(n.down) > MaxLinks {
			t.Fatalf("%q has %d and %d links", it.Key.text, len(n.up), len(n.down))
		}
		for _, l := range n.up {
			if c.store.Peek(l.to.Key) != l.to || !slices.Contains(l.to.Value.down, it) || l.since > l.from || l.from > l.until {
				t.Fatalf("%q: a broken link from %q", it.Key.text, l.to.Key.text)
			}
		}
		for _, child := range n.down {
			if c.store.Peek(child.Key) != child || child.Value.from(it) < 0 {
				t.Fatalf("%q: a broken link to %q", it.Key.text, child.Key.text)
			}
		}
	}
	if bytes != c.Bytes() {
		t.Fatalf("%d bytes counted, there are %d", c.Bytes(), bytes)
	}
	if len(keys) != len(c.containers) {
		t.Fatalf("%d containers remembered, of %d there are names", len(c.containers), len(keys))
	}
	for id, n := range keys {
		if c.containers[id].keys != n {
			t.Fatalf("%q has %d keys, %d counted", id, n, c.containers[id].keys)
		}
	}
}
