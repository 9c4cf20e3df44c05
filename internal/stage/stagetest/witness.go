package stagetest

import (
	"bytes"
	"slices"
	"sync"
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
)

// witness remembers what the handler was asked and what it answered, over all
// instances of the stage.
type witness struct {
	mu       sync.Mutex
	attempts map[string]int
	outputs  map[string][]stage.Output
	lastSeq  map[int]uint64
	faults   []string
	replays  int
}

func newWitness() *witness {
	return &witness{
		attempts: map[string]int{}, outputs: map[string][]stage.Output{}, lastSeq: map[int]uint64{},
	}
}

// attempt counts the attempts to handle a message, from 1.
func (w *witness) attempt(id string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attempts[id]++
	return w.attempts[id]
}

func (w *witness) handled(in stage.Message, outputs []stage.Output) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if in.StreamSeq < w.lastSeq[in.Partition] {
		w.faults = append(w.faults, "handled out of order: "+in.ID)
	}
	w.lastSeq[in.Partition] = in.StreamSeq
	w.compare(in, outputs)
	w.outputs[in.ID] = outputs
}

// replayed looks at what came of a message that was handled once more for what
// the handler remembers of it.
func (w *witness) replayed(in stage.Message, outputs []stage.Output) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.replays++
	w.compare(in, outputs)
}

func (w *witness) compare(in stage.Message, outputs []stage.Output) {
	before, again := w.outputs[in.ID]
	if again && !slices.EqualFunc(before, outputs, sameOutput) {
		w.faults = append(w.faults, "other outputs when handled again: "+in.ID)
	}
}

// verify adds everything up.
func (w *witness) verify(t *testing.T, c Case, letters, outputs map[string]int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, fault := range w.faults {
		t.Error(fault)
	}
	var retried int
	want := map[string]bool{}
	for _, in := range c.Inputs {
		if w.attempts[in.ID] > 1 {
			retried++
		}
		doomed := fateOf(in.ID, 1) == fatePoison || fateOf(in.ID, 1) == fateCursed
		switch n := letters[in.ID]; {
		case doomed && n != 1:
			t.Errorf("poison %s is %d times a dead letter", in.ID, n)
		case !doomed && n != 0:
			t.Errorf("message %s is a dead letter", in.ID)
		}
		for _, out := range w.outputs[in.ID] {
			want[out.ID] = true
		}
		if _, ok := w.outputs[in.ID]; !ok && !doomed {
			t.Errorf("message %s was never handled", in.ID)
		}
	}
	for id := range want {
		if outputs[id] != 1 {
			t.Errorf("output %s is %d times in %s", id, outputs[id], c.OutStream)
		}
	}
	for id := range outputs {
		if !want[id] {
			t.Errorf("output %s is in %s but nobody made it", id, c.OutStream)
		}
	}
	t.Logf("%d inputs, %d needed several attempts, %d replays, %d dead letters, %d outputs",
		len(c.Inputs), retried, w.replays, len(letters), len(outputs))
	if len(c.Inputs) >= 100 && (retried == 0 || len(letters) == 0) {
		t.Error("nothing went wrong: the check checked nothing")
	}
}

func sameOutput(a, b bus.Message) bool {
	return a.Subject == b.Subject && a.ID == b.ID && bytes.Equal(a.Data, b.Data)
}
