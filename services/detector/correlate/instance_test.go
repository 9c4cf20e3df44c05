package correlate

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/signatures/sdk"
)

// evaluate gives events to an evaluator and returns its matches.
func evaluate(t *testing.T, e *engine.Evaluator, events ...*event.Event) []engine.Match {
	t.Helper()
	var all []engine.Match
	for _, ev := range events {
		matches, faults := e.Evaluate(t.Context(), ev)
		for _, f := range faults {
			t.Error(f.Err)
		}
		all = append(all, matches...)
	}
	return all
}

func document(t *testing.T, m engine.Match) string {
	t.Helper()
	text, err := json.Marshal(m.Data)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCount(t *testing.T) {
	_, e := evaluator(newProgram(t, count(3), "openat"))
	found := evaluate(t, e, at("openat", 1), at("openat", 2), at("openat", 4), at("openat", 5))
	if len(found) != 1 {
		t.Fatalf("%d findings", len(found))
	}
	m := found[0]
	if !slices.Equal(m.Events, []string{"n/b/1", "n/b/2", "n/b/4"}) || m.WindowStart != int64(time.Second) {
		t.Errorf("events %q from %d", m.Events, m.WindowStart)
	}
	const want = `{"correlation":"event_count","count":3,"group":{"processName":"cat"},` +
		`"window":{"end":"1970-01-01T00:00:04Z","start":"1970-01-01T00:00:01Z","timespan":"10s"}}`
	if got := document(t, m); got != want {
		t.Errorf("data %s, want %s", got, want)
	}
}

// A stateless signature in Go that says what it correlates with.
type opened struct{}

func (opened) Metadata() sdk.Metadata { return sdk.Metadata{ID: "opened", Version: "1"} }

func (opened) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "openat"}, {Source: sdk.Source, Name: "execve"}}
}

func (opened) OnEvent(c *sdk.Context, e *event.Event) error {
	path, _ := e.String("pathname")
	c.Report(map[string]any{"path": path})
	return nil
}

func TestTemporalInGo(t *testing.T) {
	c := sdk.Correlation{Type: sdk.TemporalOrdered, Timespan: 10 * time.Second, Rules: []string{"openat", "execve"}}
	p, err := New(golang.New(opened{}), c)
	if err != nil {
		t.Fatal(err)
	}
	_, e := evaluator(p)
	if found := evaluate(t, e, at("execve", 1), at("openat", 2), at("openat", 3)); len(found) != 0 {
		t.Errorf("findings in the wrong order: %v", found)
	}
	found := evaluate(t, e, at("execve", 5), at("execve", 6))
	if len(found) != 1 || !slices.Equal(found[0].Events, []string{"n/b/3", "n/b/5"}) {
		t.Fatalf("findings %+v", found)
	}
	const want = `{"correlation":"temporal_ordered","count":2,"match":{"path":"/etc/passwd"},` +
		`"window":{"end":"1970-01-01T00:00:05Z","start":"1970-01-01T00:00:03Z","timespan":"10s"}}`
	if got := document(t, found[0]); got != want {
		t.Errorf("data %s, want %s", got, want)
	}
}

func TestOnceWhileItGoesOn(t *testing.T) {
	_, e := evaluator(newProgram(t, count(1), "openat"))
	var events []*event.Event
	for second := range int64(100) {
		events = append(events, at("openat", second+1))
	}
	if found := evaluate(t, e, events...); len(found) != 1 {
		t.Errorf("%d findings of what goes on", len(found))
	}
	if found := evaluate(t, e, at("openat", 110), at("openat", 121)); len(found) != 1 || found[0].Events[0] != "n/b/121" {
		t.Errorf("findings after a pause of ten and of eleven seconds: %v", found)
	}
}

func TestGroups(t *testing.T) {
	_, e := evaluator(newProgram(t, sdk.Correlation{
		Type: sdk.EventCount, GroupBy: []string{"container.id", "args.pathname"}, Timespan: time.Minute,
		Condition: sdk.Condition{AtLeast: 2},
	}, "openat"))
	inside, other, bare := at("openat", 1), at("openat", 2), at("openat", 3)
	inside.Context.Container.ID = "c"
	other.Values = []event.Value{event.String("/etc/shadow")}
	bare.Shape, bare.Values = &event.Shape{Name: "openat"}, nil
	if found := evaluate(t, e, inside, other, bare, at("openat", 4)); len(found) != 0 {
		t.Errorf("findings over groups: %v", found)
	}
	again := *bare
	again.Seq, again.Time = 9, bare.Time+1
	found := evaluate(t, e, &again)
	if len(found) != 1 || !strings.Contains(document(t, found[0]), `"group":{"args.pathname":null,"container.id":null}`) {
		t.Errorf("findings without fields: %v", found)
	}
}

// Matches of different nodes and containers never count together, whatever the
// author groups by.
func TestScope(t *testing.T) {
	_, e := evaluator(newProgram(t, count(2), "openat"))
	first, node, container := at("openat", 1), at("openat", 2), at("openat", 3)
	node.Context.Node = "n2"
	container.Context.Container.ID = "c"
	if found := evaluate(t, e, first, node, container); len(found) != 0 {
		t.Errorf("findings %v", found)
	}
	if found := evaluate(t, e, at("openat", 4)); len(found) != 1 || !slices.Equal(found[0].Events, []string{"n/b/1", "n/b/4"}) {
		t.Errorf("findings %v", found)
	}
}

// A batch that is handled again gives its finding again, and counts once.
func TestDeliveredAgain(t *testing.T) {
	_, e := evaluator(newProgram(t, count(3), "openat"))
	batch := []*event.Event{at("openat", 1), at("openat", 2), at("openat", 3), at("openat", 4)}
	first := evaluate(t, e, batch...)
	second := evaluate(t, e, batch...)
	if len(first) != 1 || len(second) != 1 || document(t, first[0]) != document(t, second[0]) ||
		!slices.Equal(first[0].Events, second[0].Events) || first[0].WindowStart != second[0].WindowStart {
		t.Errorf("findings %+v, then %+v", first, second)
	}
	_, e = evaluator(newProgram(t, count(3), "openat"))
	if found := evaluate(t, e, at("openat", 1), at("openat", 1), at("openat", 1)); len(found) != 0 {
		t.Errorf("one event counts more than once: %v", found)
	}
}

// An event that the base reports several times counts once.
func TestSeveralReports(t *testing.T) {
	_, e := evaluator(newProgram(t, count(2), "openat"))
	twice := at("openat", 1)
	twice.ReturnValue = -2
	if found := evaluate(t, e, twice); len(found) != 0 {
		t.Errorf("findings %v", found)
	}
}

func TestForgotten(t *testing.T) {
	c := count(2)
	c.Type, c.Condition.Field = sdk.ValueCount, "args.pathname"
	p := newProgram(t, c, "openat")
	set, e := evaluator(p)
	bare := at("openat", 100)
	bare.Shape, bare.Values = &event.Shape{Name: "openat"}, nil
	evaluate(t, e, bare, at("openat", 100), at("openat", 80), at("openat", 90))
	if got, want := set.Stats()[0].Forgotten, (engine.Forgotten{Late: 1, Valueless: 1}); got != want {
		t.Errorf("forgotten %+v, want %+v", got, want)
	}
}

// A group whose clock was set back begins anew after some late matches.
func TestClockSetBack(t *testing.T) {
	set, e := evaluator(newProgram(t, count(3), "openat"))
	evaluate(t, e, at("openat", 1000))
	var events []*event.Event
	for second := range int64(patience + 3) {
		events = append(events, at("openat", 10+second))
	}
	found := evaluate(t, e, events...)
	if len(found) != 1 || len(found[0].Events) != 3 {
		t.Errorf("findings %+v", found)
	}
	if late := set.Stats()[0].Forgotten.Late; late != patience-1 {
		t.Errorf("%d late", late)
	}
}

// What an instance remembers goes on in another one.
func TestSnapshotOfInstance(t *testing.T) {
	p := newProgram(t, count(3), "openat")
	var reported []engine.Report
	start := func() *instance {
		return p.NewInstance(func(r engine.Report) { reported = append(reported, r) }).(*instance)
	}
	see := func(i *instance, second int64) {
		if err := i.Evaluate(context.Background(), &engine.Input{Event: at("openat", second)}); err != nil {
			t.Fatal(err)
		}
	}
	one, two := start(), start()
	see(one, 1)
	see(one, 2)
	if err := two.Restore(one.Snapshot(nil)); err != nil {
		t.Fatal(err)
	}
	see(two, 3)
	if len(reported) != 1 || len(reported[0].Events) != 3 {
		t.Errorf("reports %+v", reported)
	}
}
