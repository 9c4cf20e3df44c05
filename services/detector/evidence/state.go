package evidence

import (
	"maps"
	"slices"

	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/schemas/statepb"
)

// State returns what is remembered, for a checkpoint.
func (l *Losses) State() []*statepb.NodeLosses {
	var state []*statepb.NodeLosses
	for _, node := range slices.Sorted(maps.Keys(l.nodes)) {
		of := &statepb.NodeLosses{Node: node}
		for _, lost := range l.nodes[node] {
			of.Losses = append(of.Losses, &statepb.NodeLoss{
				Stage: lost.Stage, Reason: lost.Reason, Event: lost.Event,
				Count: lost.Count, FirstTime: lost.FirstTime, LastTime: lost.LastTime,
			})
		}
		state = append(state, of)
	}
	return state
}

// Restore replaces what is remembered by what State returned, as far as it is
// within the bounds.
func (l *Losses) Restore(state []*statepb.NodeLosses) {
	clear(l.nodes)
	for _, of := range state {
		for _, lost := range of.GetLosses() {
			if len(l.nodes[of.GetNode()]) == maxLosses {
				break
			}
			l.nodes[of.GetNode()] = append(l.nodes[of.GetNode()], finding.Loss{
				Stage: lost.GetStage(), Reason: lost.GetReason(), Event: lost.GetEvent(),
				Count: lost.GetCount(), FirstTime: lost.GetFirstTime(), LastTime: lost.GetLastTime(),
			})
		}
	}
}
