package ledger

import (
	"strings"

	"github.com/weirsec/weir/schemas/eventpb"
)

// Tallies turns what a collector has counted since its run began into what is
// new since the last time it told. The zero value has heard nothing.
type Tallies struct {
	Run  uint64
	Last map[string]uint64
}

// maxStates bounds the states that are remembered; who tells them is not
// trusted.
const maxStates = 64

// Take adds what is new to the account.
func (t *Tallies) Take(env *eventpb.Envelope, to *Account) {
	if len(env.GetTallies()) == 0 {
		return
	}
	if t.Run != env.GetRun() || t.Last == nil {
		t.Run, t.Last = env.GetRun(), make(map[string]uint64)
	}
	for _, tally := range env.GetTallies() {
		last, known := t.Last[tally.GetState()]
		if tally.GetCount() <= last || !known && len(t.Last) >= maxStates {
			continue
		}
		state := strings.Clone(tally.GetState())
		add(&to.Kernel, state, tally.GetCount()-last)
		t.Last[state] = tally.GetCount()
	}
}
