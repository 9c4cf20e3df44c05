package source

import (
	"errors"
	"fmt"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// tally is a store that knows how often each event name came.
type tally struct {
	names    map[string]int
	size     int
	advanced int64
}

func (s *tally) learn(e *event.Event) { s.names[e.Shape.Name]++ }
func (s *tally) advance(now int64)    { s.advanced = now }
func (s *tally) bytes() int           { return s.size }

func (s *tally) get(key any, _ *event.Event, at int64) (map[string]any, event.Status, error) {
	text, _ := key.(string)
	switch n := s.names[text]; {
	case text == "gone":
		return nil, event.StatusLost, sdk.ErrDataNotFound
	case n == 0:
		return nil, event.StatusNotFound, sdk.ErrDataNotFound
	case n > 9:
		return map[string]any{"n": n, "at": at}, event.StatusStale, nil
	default:
		return map[string]any{"n": n, "at": at}, event.StatusResolved, nil
	}
}

// tallies make stores of a size for two sources.
func tallies(size int) stores {
	made := func() store { return &tally{names: map[string]int{}, size: size} }
	return stores{"containers": made, "dns": made}
}

func on(node, name string, at int64) *event.Event {
	return &event.Event{Time: at, Shape: &event.Shape{Name: name}, Context: &event.Context{Node: node, BootID: "b"}}
}

// learning returns the sources of a partition whose replicas are tallies, and
// sets the event at hand.
func learning(t *testing.T, m *Misses) (b *bound, feed func(*event.Event)) {
	t.Helper()
	r, err := NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	r = r.With(m)
	r.stores = tallies(10)
	var at *event.Event
	b, ok := r.Bind(func() *event.Event { return at }).(*bound)
	if !ok {
		t.Fatal("another kind of sources")
	}
	return b, func(e *event.Event) {
		if at = e; b.Learning() {
			b.Learn(e)
		}
	}
}

func sourceOf(t *testing.T, b *bound, id string) sdk.DataSource {
	t.Helper()
	s, ok := b.DataSource("tracee", id)
	if !ok {
		t.Fatalf("no source %s", id)
	}
	return s
}

// Nothing is learnt before somebody has asked for a source, and then only for
// that one.
func TestLearnsWhenAsked(t *testing.T) {
	b, feed := learning(t, nil)
	feed(on("n", "x", 1))
	if b.Learning() || b.replica.nodes != nil {
		t.Fatal("it learns, and nobody has asked")
	}
	if _, ok := b.DataSource("mine", "containers"); ok || b.Learning() {
		t.Fatal("a source that there is not")
	}
	boxes := sourceOf(t, b, "containers")
	feed(on("n", "x", 2))
	if found, err := boxes.Get("x"); err != nil || found["n"] != 1 || found["at"] != int64(2) {
		t.Errorf("got %v, %v", found, err)
	}
	if n := b.replica.nodes[boot{"n", "b"}]; len(n.stores) != 1 {
		t.Errorf("it learns for %d sources", len(n.stores))
	}
	// A source that is asked for later begins then.
	names := sourceOf(t, b, "dns")
	if _, err := names.Get("x"); !errors.Is(err, sdk.ErrDataNotFound) {
		t.Errorf("got %v", err)
	}
	feed(on("n", "x", 3))
	if found, err := names.Get("x"); err != nil || found["n"] != 1 {
		t.Errorf("got %v, %v", found, err)
	}
}

func TestNodesAreKeptApart(t *testing.T) {
	b, feed := learning(t, nil)
	boxes := sourceOf(t, b, "containers")
	for i := range 5 {
		feed(on("one", "x", int64(i)))
	}
	other := on("two", "y", 9)
	feed(other)
	if _, err := boxes.Get("x"); !errors.Is(err, sdk.ErrDataNotFound) {
		t.Errorf("another node's: %v", err)
	}
	again := on("one", "y", 10)
	again.Context.BootID = "c"
	feed(again)
	if _, err := boxes.Get("x"); !errors.Is(err, sdk.ErrDataNotFound) {
		t.Errorf("another boot's: %v", err)
	}
	feed(on("one", "y", 11))
	if found, err := boxes.Get("x"); err != nil || found["n"] != 5 {
		t.Errorf("got %v, %v", found, err)
	}
}

// What is lost is told apart; what is stale is better than nothing, but not
// better than the event at hand.
func TestStatuses(t *testing.T) {
	b, feed := learning(t, nil)
	boxes := sourceOf(t, b, "containers")
	for range 10 {
		feed(on("n", "c1", 1))
	}
	if found, err := boxes.Get("c1"); err != nil || found["n"] != 10 {
		t.Errorf("stale: %v, %v", found, err)
	}
	e := on("n", "x", 2)
	e.Context.Container.ID = "c1"
	feed(e)
	if found, err := boxes.Get("c1"); err != nil || found["container_id"] != "c1" {
		t.Errorf("the event at hand: %v, %v", found, err)
	}
	if _, err := boxes.Get("gone"); !errors.Is(err, sdk.ErrDataLost) {
		t.Errorf("lost: %v", err)
	}
	if _, err := boxes.Get("nothing"); errors.Is(err, sdk.ErrDataLost) || !errors.Is(err, sdk.ErrDataNotFound) {
		t.Errorf("not found: %v", err)
	}
	c := b.registry.counts
	if a, b, n := c.lookups[byReplica].Load(), c.lookups[byEvent].Load(), c.lookups[notFound].Load(); a != 1 || b != 1 || n != 2 {
		t.Errorf("counted %d, %d, %d", a, b, n)
	}
}

// Memory is bounded by forgetting whole nodes, and that is counted.
func TestReplicaIsBounded(t *testing.T) {
	r := newReplica(tallies(100), new(counts))
	r.limit = 1000
	r.want("containers")
	for i := range advanceEvery * 3 {
		r.learn(on(fmt.Sprint("n", i%20), "x", int64(i)))
	}
	if len(r.nodes) != 10 || r.count.forgotten.Load() < 10 {
		t.Errorf("%d nodes, %d forgotten", len(r.nodes), r.count.forgotten.Load())
	}
	// The node that is at work stays.
	if r.nodes[boot{fmt.Sprint("n", (advanceEvery*3-1)%20), "b"}] == nil {
		t.Error("the node at work was forgotten")
	}
	for i := range replicaNodes * 2 {
		r.learn(on(fmt.Sprint("m", i), "x", 1))
	}
	if len(r.nodes) > replicaNodes {
		t.Errorf("%d nodes", len(r.nodes))
	}
}

// Another set of signatures goes on with what was learnt, as far as it asks.
func TestInherit(t *testing.T) {
	old, feed := learning(t, nil)
	sourceOf(t, old, "containers")
	feed(on("n", "x", 1))
	next, feedNext := learning(t, nil)
	boxes := sourceOf(t, next, "containers")
	names := sourceOf(t, next, "dns")
	next.Inherit(old)
	feedNext(on("n", "x", 2))
	if found, err := boxes.Get("x"); err != nil || found["n"] != 2 {
		t.Errorf("got %v, %v", found, err)
	}
	if found, err := names.Get("x"); err != nil || found["n"] != 1 {
		t.Errorf("got %v, %v", found, err)
	}
	none, feedNone := learning(t, nil)
	none.Inherit(next)
	feedNone(on("n", "x", 3))
	if none.Learning() || none.replica.nodes != nil {
		t.Error("what nobody asks for is kept")
	}
}
