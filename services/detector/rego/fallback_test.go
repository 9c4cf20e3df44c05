package rego

import (
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
)

// What OPA's planner does not support topdown evaluates, with the reason, and it
// finds the same.
func TestWhatCannotBePlannedFallsBack(t *testing.T) {
	p := loadOne(t, `p[x] := 1 if x := input.processName
p.c := 2
p.b := q
q := p.c
tracee_match := {"b": p.b} if p.b == 2`, Options{})
	if tier, reason := p.Tier(); tier != TierTopdown || !strings.Contains(reason, "single function") {
		t.Fatalf("tier %s: %s", tier, reason)
	}
	set := engine.NewSet([]engine.Program{p}, engine.Limits{})
	e := &event.Event{Shape: &event.Shape{Name: "openat"}, Context: &event.Context{ProcessName: "cat"}}
	matches, faults := set.Evaluator().Evaluate(t.Context(), e)
	if len(matches) != 1 || len(faults) != 0 || matches[0].Data["b"] == nil {
		t.Errorf("matches %v, faults %v", matches, faults)
	}
}
