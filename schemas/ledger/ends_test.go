package ledger

import (
	"reflect"
	"testing"
)

// What collectors have written and nobody has read is lost where nothing waits,
// also where the node is known of nothing else.
func TestEnds(t *testing.T) {
	run := func(node string, run, events uint64, began int64) Run {
		return Run{Node: node, Boot: "b", Run: run, Began: began, Events: events}
	}
	reports := func(enricher *Report, written ...Run) []*Report {
		enricher.Stage = stageEnricher
		list := []*Report{enricher}
		for _, r := range written {
			list = append(list, &Report{Stage: StageCollector, Runs: []Run{r}})
		}
		return list
	}
	waits := Work{Waiting: map[string]bool{stageEnricher: true}}
	const lost = "bus/missing at the end before enricher"
	for name, c := range map[string]struct {
		reports  []*Report
		work     Work
		state    State
		lost     uint64
		hop      Hop
		problems []string
	}{
		"all is read": {
			reports(&Report{Runs: []Run{run("n", 1, 9, 0), run("n", 2, 5, 0)}}, run("n", 1, 9, 7), run("n", 2, 4, 8)),
			Work{},
			Balanced, 0,
			Hop{From: "collector", To: "enricher", Published: 13, Read: 13},
			nil,
		},
		"the last ones wait": {
			reports(&Report{Runs: []Run{run("n", 1, 9, 0)}}, run("n", 1, 12, 7)), waits, InFlight, 0,
			Hop{From: "collector", To: "enricher", Published: 12, Read: 9, Open: 3, Waiting: true},
			[]string{"collector to enricher: the last 3 of 12 have not arrived"},
		},
		"read, but not told": {
			reports(&Report{Runs: []Run{run("n", 1, 9, 0)}}, run("n", 1, 12, 7)),
			Work{Untold: true},
			InFlight, 0,
			Hop{From: "collector", To: "enricher", Published: 12, Read: 9, Open: 3},
			[]string{"collector to enricher: the last 3 of 12 have not arrived"},
		},
		"the last ones are lost": {
			reports(&Report{Since: 5, Runs: []Run{run("n", 1, 9, 0)}}, run("n", 1, 12, 7), run("n", 2, 4, 8)),
			Work{},
			Balanced, 7,
			Hop{From: "collector", To: "enricher", Published: 16, Read: 9, Missing: 7},
			nil,
		},
		"a run from before": {
			reports(&Report{Since: 8, Runs: []Run{run("n", 1, 9, 0)}}, run("n", 1, 9, 7), run("n", 2, 4, 7)),
			Work{},
			Balanced, 0,
			Hop{From: "collector", To: "enricher", Published: 9, Read: 9},
			nil,
		},
	} {
		list := Add(c.reports, c.work)
		if len(list) != 1 {
			t.Fatalf("%s: %d nodes", name, len(list))
		}
		b := list[0]
		if b.State != c.state || b.Lost[lost] != c.lost || b.Hops[0] != c.hop || !reflect.DeepEqual(b.Problems, c.problems) {
			t.Errorf("%s: %s, %v, %+v, %q", name, b.State, b.Lost, b.Hops[0], b.Problems)
		}
	}
	if list := Add(reports(&Report{}, run("gone", 3, 5, 1)), Work{}); len(list) != 1 || list[0].Node != "gone" || list[0].Lost[lost] != 5 {
		t.Errorf("a node of which nothing was read: %+v", list)
	}
}

// What was told is not told again, until there is more.
func TestWritten(t *testing.T) {
	var w Written
	note := func(node string, run, events uint64) { w.Note(Run{Node: node, Run: run, Began: 3, Events: events}) }
	note("a", 0, 4) // nobody numbers
	if list := w.Take(); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	note("b", 2, 4)
	note("a", 1, 4)
	note("a", 1, 9)
	note("a", 1, 7) // an older one comes again
	want := []Run{{Node: "a", Run: 1, Began: 3, Events: 9}, {Node: "b", Run: 2, Began: 3, Events: 4}}
	if list := w.Take(); !reflect.DeepEqual(list, want) {
		t.Errorf("%+v", list)
	}
	note("a", 1, 9)
	if list := w.Take(); len(list) != 0 {
		t.Errorf("again %+v", list)
	}
	w.Return(want[1])
	note("a", 1, 10)
	if list := w.Take(); len(list) != 2 || list[0].Events != 10 || list[1] != want[1] {
		t.Errorf("then %+v", list)
	}
	for run := range uint64(2 * maxWritten) {
		note("c", run+1, 1)
	}
	if list := w.Take(); len(list) > maxWritten {
		t.Errorf("%d runs are kept", len(list))
	}
}
