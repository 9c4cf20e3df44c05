package detector

import (
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
}

func newAccounts() accounts {
	return accounts{ledger.NewBooks(maxNodes), ledger.NewPlaces(maxNodes)}
}

// read notes that a batch was read. What is missing before it is added to its
// losses, so that findings know of it.
func (a *accounts) read(id string, env *eventpb.Envelope) {
	missing := a.places.Read(env)
	of := a.books.Of(env.GetNode())
	of.Missing += missing
	if missing == 0 && ledger.Redriven(id) {
		of.Missing -= min(of.Missing, uint64(env.GetCount())) // it was missed before
	}
	of.Read += uint64(env.GetCount())
}

// evaluated notes that all of a batch was evaluated, and how many detections
// came of it.
func (a *accounts) evaluated(env *eventpb.Envelope, detections int) {
	of := a.books.Of(env.GetNode())
	of.Published += uint64(env.GetCount())
	of.Detections += uint64(detections)
	of.Until = max(of.Until, env.GetMaxTime())
}

func (a *accounts) restore(saved *statepb.Detector) {
	a.books.RestoreState(saved.GetBooks())
	a.places.Restore(saved.GetPlaces())
}

// Accounts implements stage.Accountant: what was evaluated counts as published.
func (h *handler) Accounts() ([]*ledger.Account, uint64) {
	return h.accounts.books.Accounts(), h.accounts.books.Forgotten()
}
