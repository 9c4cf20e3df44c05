package enricher

import (
	"maps"
	"strings"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/ledger"
	"github.com/weirsec/weir/schemas/record"
)

// maxAccounts is how many nodes a partition keeps accounts of.
const maxAccounts = 4096

// number makes ready to number the messages of a node, as far as they are not
// published yet: a message that becomes nothing must not use up numbers.
func (s *splitter) number(n *node, run uint64, at int64) {
	s.numbers, s.begin, s.beginAt, s.written = maps.Clone(n.numbers), run, at, 0
}

// read notes in the accounts that a message was read, of which h.events are the
// events that could be decoded. What is missing before it is added to the losses
// that are told with its events.
func (h *handler) read(n *node, in stage.Message, raw, env *eventpb.Envelope) *ledger.Account {
	account := h.books.Of(raw.GetNode())
	decoded := uint64(len(h.events))
	count := max(uint64(raw.GetCount()), decoded)
	account.Drop("decode", count-decoded)
	for _, l := range raw.GetLosses() {
		account.Tell(strings.Clone(l.GetStage()), strings.Clone(l.GetReason()), l.GetCount())
	}
	n.tallies.Take(raw, account)
	until := n.watermark
	if until == 0 {
		until = raw.GetMinTime()
	}
	if h.since == 0 {
		h.since = in.Arrival().Since
	}
	gap := n.place.Read(raw, h.since)
	account.Find(gap, count)
	if gap.Missing > 0 {
		env.Losses = append(env.Losses, &eventpb.Loss{
			Stage: ledger.StageBus, Reason: "missing", Count: gap.Missing,
			FirstTime: min(until, raw.GetMinTime()), LastTime: raw.GetMinTime(),
		})
	} else if gap.Earlier == 0 && ledger.Redriven(in.ID) {
		account.Missing -= min(account.Missing, count) // it was missed before
	}
	if !record.Silent(raw) {
		account.Until = max(account.Until, raw.GetMaxTime())
	}
	return account
}

// Runs implements stage.RunTeller.
func (h *handler) Runs() ([]ledger.Run, int64) {
	var runs []ledger.Run
	for _, n := range h.nodes {
		runs = append(runs, n.place.Runs(ledger.Origin{Node: n.name.node, Boot: n.name.id})...)
	}
	return runs, h.since
}

// Accounts implements stage.Accountant.
func (h *handler) Accounts() ([]*ledger.Account, uint64) {
	return h.books.Accounts(), h.books.Forgotten()
}
