package ledger

import (
	"cmp"
	"maps"
	"slices"
)

// Run is how far one run of numbers has come: in what its writer knows to be in
// the stream, or in what a reader has read of it.
type Run struct {
	Node string `json:"node"`
	Boot string `json:"boot"`
	Run  uint64 `json:"run"`
	// Began is when it began, in Unix nanoseconds, 0 where that is not known; only
	// writers tell.
	Began  int64  `json:"began,omitempty"`
	Events uint64 `json:"events"`
}

// Runs returns how far each run of an origin was read.
func (p *Place) Runs(of Origin) []Run {
	if p.Run == 0 {
		return nil
	}
	runs := []Run{{Node: of.Node, Boot: of.Boot, Run: p.Run, Events: p.Events}}
	for _, was := range p.past {
		runs = append(runs, Run{Node: of.Node, Boot: of.Boot, Run: was.Run, Events: was.Events})
	}
	return runs
}

// Written is what a writer has put into a stream, by run, as long as it lives.
// The zero value has written nothing.
type Written struct {
	runs    map[Run]uint64
	changed map[Run]bool
}

// maxWritten bounds the runs that are kept: one collector has one, a player of
// recordings some.
const maxWritten = 4096

// Note notes that the stream has a message with these numbers.
func (w *Written) Note(run Run) {
	key, events := run, run.Events
	key.Events = 0
	if run.Run == 0 || w.runs[key] >= events {
		return
	}
	if w.runs == nil {
		w.runs, w.changed = map[Run]uint64{}, map[Run]bool{}
	}
	if _, known := w.runs[key]; !known && len(w.runs) >= maxWritten {
		return
	}
	w.runs[key], w.changed[key] = events, true
}

// Take returns the runs that have come further since it was called last.
func (w *Written) Take() []Run {
	var list []Run
	for run := range maps.Keys(w.changed) {
		run.Events = w.runs[run]
		list = append(list, run)
	}
	clear(w.changed)
	slices.SortFunc(list, func(a, b Run) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Boot, b.Boot), cmp.Compare(a.Run, b.Run))
	})
	return list
}

// Return notes that a run was not told, though Take returned it.
func (w *Written) Return(run Run) {
	run.Events = 0
	w.changed[run] = true
}
