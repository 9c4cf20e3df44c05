package detector

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/schemas/ledger"
	"github.com/weirsec/weir/schemas/statepb"
)

// told is how many detections of a node were made, for who reads them to know
// what is missing.
type told struct {
	numbers ledger.Numbers
	mark    ledger.Mark
	// last is the time of the latest detection.
	last int64
}

// number gives a detection its number, which take makes it use up.
func (a *accounts) number(in *stage.Message, d *finding.Detection) (take func()) {
	t := a.told[d.Node]
	if t == nil {
		t = &told{}
	}
	next, env := t.numbers, &eventpb.Envelope{Count: 1}
	run, at := in.Begins()
	next.Number(env, run, at)
	d.Run, d.Before, d.RunTime = env.GetRun(), env.GetEventsBefore(), env.GetRunTime()
	return func() {
		if a.told[d.Node] == nil {
			a.makeRoom()
			a.told[d.Node] = t
		}
		t.numbers, t.last = next, max(t.last, d.Time)
		a.books.Of(d.Node).Detections++
	}
}

// makeRoom forgets the node whose last detection is the longest ago, where there
// are too many.
func (a *accounts) makeRoom() {
	if len(a.told) < maxNodes {
		return
	}
	delete(a.told, slices.MinFunc(slices.Sorted(maps.Keys(a.told)), func(x, y string) int {
		return cmp.Compare(a.told[x].last, a.told[y].last)
	}))
}

// state returns the numbers for a checkpoint.
func (a *accounts) state() []*statepb.OriginPlace {
	var state []*statepb.OriginPlace
	for _, node := range slices.Sorted(maps.Keys(a.told)) {
		t := a.told[node]
		state = append(state, &statepb.OriginPlace{Node: node, Place: t.numbers.State(), Until: t.last})
	}
	return state
}

// Remind implements stage.Reminder: for each node of which the stream has given up
// the last detection, a message tells how many there were.
func (h *handler) Remind(first, last uint64) []stage.Output {
	var out []stage.Output
	for _, node := range slices.Sorted(maps.Keys(h.accounts.told)) {
		t := h.accounts.told[node]
		if !t.mark.Due(t.numbers, first, last) {
			continue
		}
		n := t.numbers
		d := finding.Detection{
			ID:   fmt.Sprintf("%s/%s/%d/%d+%d", h.subject, node, n.Run, n.Events, last),
			Node: node, Time: t.last, Run: n.Run, Before: n.Events, RunTime: n.Began, Reminder: true,
		}
		text, err := json.Marshal(d)
		if err != nil {
			h.detector.log.Error("cannot tell again how many detections there were", slog.Any("error", err))
			continue
		}
		out = append(out, stage.Output{Subject: h.subject, ID: d.ID, Data: text, ContentType: "application/json"})
	}
	return out
}
