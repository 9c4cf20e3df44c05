package sigbench

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/rego"
)

const head = `__rego_metadoc__ := {"id": input_id, "version": "1"}
tracee_selected_events contains {"source": "tracee", "name": "openat"}
`

// set has a cheap signature, a dear one and one for an event that never comes.
func set(t *testing.T) *engine.Set {
	t.Helper()
	files := fstest.MapFS{}
	for id, body := range map[string]string{
		"cheap": "tracee_match if input.processId == 7\n",
		"dear":  "tracee_match := {\"n\": n} if n := count([x | some x in numbers.range(1, 2000); x % 7 == 3])\n",
		"idle":  "tracee_match if input.processId == 7\n",
	} {
		text := "package a." + id + "\n" + strings.Replace(head, "input_id", `"`+id+`"`, 1) + body
		if id == "idle" {
			text = strings.Replace(text, "openat", "not_observed_here", 1)
		}
		files[id+".rego"] = &fstest.MapFile{Data: []byte(text)}
	}
	programs, problems := rego.NewLoader(rego.Options{}).Load(t.Context(), files, "")
	if len(programs) != 3 {
		t.Fatal(problems)
	}
	return engine.NewSet(programs, engine.Limits{})
}

func TestMeasure(t *testing.T) {
	s := set(t)
	var events []*event.Event
	for i := range 10 {
		events = append(events, &event.Event{
			Shape: &event.Shape{Name: []string{"openat", "close"}[i%2]}, Context: &event.Context{PID: int32(i + 3)},
		})
	}
	var told []string
	report, err := Measure(t.Context(), []Engine{{"topdown", s}}, events, Options{
		Time: 5 * time.Millisecond,
		Progress: func(done, of int, next string) {
			told = append(told, next)
			if done != len(told)-1 || of != 4 {
				t.Errorf("%d of %d", done, of)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(told, []string{"cheap", "dear", "idle", "all together"}) {
		t.Errorf("progress %q", told)
	}
	if len(report.Results) != 3 || len(report.Totals) != 1 {
		t.Fatalf("%+v", report)
	}
	dear, cheap, idle := report.Results[0], report.Results[1], report.Results[2]
	if dear.Signature != "dear" || dear.Matches != 5 || dear.Selected != 5 || dear.Evaluated != 5 || dear.Share < 0.5 {
		t.Errorf("dear %+v", dear)
	}
	if cheap.Signature != "cheap" || cheap.Matches != 1 || cheap.Nanos <= 0 || cheap.Allocs <= 0 || cheap.Nanos >= dear.Nanos || cheap.Tier != rego.TierCompiled {
		t.Errorf("cheap %+v", cheap)
	}
	if cheap.Evaluations < cheap.Selected || cheap.Evaluations%cheap.Selected != 0 {
		t.Errorf("%d evaluations of %d events", cheap.Evaluations, cheap.Selected)
	}
	if idle.Selected != 0 || idle.Nanos != 0 || idle.Share != 0 {
		t.Errorf("idle %+v", idle)
	}
	if total := report.Totals[0]; total.Events != 10 || total.Nanos <= 0 {
		t.Errorf("total %+v", total)
	}
}

func TestMeasureRefuses(t *testing.T) {
	if _, err := Measure(t.Context(), nil, nil, Options{Time: 1}); err == nil {
		t.Error("no events are accepted")
	}
	events := []*event.Event{{Shape: &event.Shape{}, Context: &event.Context{}}}
	if _, err := Measure(t.Context(), nil, events, Options{}); err == nil {
		t.Error("no time is accepted")
	}
}

func TestSynthetic(t *testing.T) {
	s := set(t)
	events := Synthetic(s, 50)
	if len(events) != 50 {
		t.Fatalf("%d events: not_observed_here is none of ours", len(events))
	}
	if !reflect.DeepEqual(events, Synthetic(s, 50)) {
		t.Error("another run gives other events")
	}
	paths, origins := map[string]bool{}, map[string]bool{}
	for _, e := range events {
		path, ok := e.String("pathname")
		paths[path], origins[e.Origin()] = true, true
		if !ok || len(e.Values) != len(e.Shape.Args) {
			t.Errorf("%+v", e)
		}
	}
	if len(paths) < 5 || len(origins) < 2 {
		t.Errorf("paths %v, origins %v", paths, origins)
	}
}

// Every kind of event can be made up, and is one that can be read again.
func TestSyntheticKinds(t *testing.T) {
	const all = "package a\n__rego_metadoc__ := {\"id\": \"x\"}\ntracee_selected_events contains {\"source\": \"tracee\", \"name\": \"*\"}\n" +
		"tracee_match if input.processId == 0\n"
	programs, problems := rego.NewLoader(rego.Options{}).Load(t.Context(), fstest.MapFS{"a.rego": {Data: []byte(all)}}, "")
	if len(programs) != 1 {
		t.Fatal(problems)
	}
	seen := map[string]bool{}
	for _, e := range Synthetic(engine.NewSet(programs, engine.Limits{}), 1) {
		seen[e.Name()] = true
		if _, err := event.ParseJSON(event.AppendJSON(nil, e)); err != nil {
			t.Errorf("%s: %v", e.Name(), err)
		}
	}
	if len(seen) != len(catalogue.Names()) {
		t.Errorf("%d kinds of %d", len(seen), len(catalogue.Names()))
	}
}
