package engine

import (
	"maps"
	"testing"
)

func TestForgotten(t *testing.T) {
	one := Forgotten{Late: 1, Valueless: 2, Crowded: 3, Evicted: 4}
	want := map[string]uint64{"late": 2, "no_value": 4, "group_full": 6, "memory_full": 8}
	if got := one.Plus(one).ByReason(); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := (Forgotten{Late: 1}).ByReason(); !maps.Equal(got, map[string]uint64{"late": 1}) {
		t.Errorf("got %v", got)
	}
}

// forgetting is an instance that has forgotten.
type forgetting struct{ Instance }

func (forgetting) Forgotten() Forgotten { return Forgotten{Late: 1} }

type forgettingProgram struct{ *written }

func (p forgettingProgram) NewInstance(report func(Report)) Instance {
	return forgetting{p.written.NewInstance(report)}
}

func TestForgottenInStats(t *testing.T) {
	set := NewSet([]Program{forgettingProgram{always("A", onOpenat())}, always("B", onOpenat())}, Limits{})
	set.Evaluator()
	set.Evaluator()
	stats := set.Stats()
	if stats[0].Forgotten.Late != 2 || stats[1].Forgotten != (Forgotten{}) {
		t.Errorf("stats %+v", stats)
	}
}
