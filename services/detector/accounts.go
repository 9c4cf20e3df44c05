package detector

import (
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/ledger"
	"github.com/weirsec/weir/schemas/statepb"
)

// maxNodes is how many nodes, and boots of nodes, a partition keeps accounts of.
const maxNodes = 4096

// accounts is what became of the events of each node.
type accounts struct {
	books  *ledger.Books
	places *ledger.Places
	// told are the numbers of the detections of each node.
	told map[string]*told
}

func newAccounts() accounts {
	return accounts{ledger.NewBooks(maxNodes), ledger.NewPlaces(maxNodes), map[string]*told{}}
}

// read notes that a batch was read. What is missing before it is added to its
// losses, so that findings know of it.
func (a *accounts) read(in *stage.Message, env *eventpb.Envelope) {
	gap := a.places.Read(env, in.Arrival())
	of := a.books.Of(env.GetNode())
	if gap == (ledger.Gap{}) && ledger.Redriven(in.ID) {
		of.Missing -= min(of.Missing, uint64(env.GetCount())) // it was missed before
	}
	of.Find(gap, uint64(env.GetCount()))
}

// evaluated notes that all of a batch was evaluated.
func (a *accounts) evaluated(env *eventpb.Envelope) {
	of := a.books.Of(env.GetNode())
	of.Published += uint64(env.GetCount())
	of.Until = max(of.Until, env.GetMaxTime())
}

func (a *accounts) restore(saved *statepb.Detector) {
	a.books.RestoreState(saved.GetBooks())
	a.places.Restore(saved.GetPlaces(), saved.GetSince())
	for _, s := range saved.GetNumbers() {
		if n := ledger.NumbersOf(s.GetPlace()); n.Run != 0 && len(a.told) < maxNodes {
			a.told[s.GetNode()] = &told{numbers: n, last: s.GetUntil()}
		}
	}
}

// Accounts implements stage.Accountant: what was evaluated counts as published.
func (h *handler) Accounts() ([]*ledger.Account, uint64) {
	return h.accounts.books.Accounts(), h.accounts.books.Forgotten()
}
