package rego

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
)

// loadOne loads one signature whose match is body.
func loadOne(t *testing.T, body string, opts Options) *program {
	t.Helper()
	text := asSignature("S", body)
	programs, problems := NewLoader(opts).Load(t.Context(), fstest.MapFS{"a.rego": &fstest.MapFile{Data: []byte(text)}}, "")
	if len(programs) != 1 {
		t.Fatal(problems)
	}
	return programs[0].(*program)
}

// Closures that are wrong are found out, topdown's answer counts at once, and
// from then on topdown does the work in all partitions.
func TestWrongClosuresAreDemoted(t *testing.T) {
	for _, c := range []struct {
		name, right, wrong string
		every              uint64
		want               int
	}{
		{"a match too many", `tracee_match if input.userId == 1`, `tracee_match if true`, shadowEvery, 0},
		{"another document", `tracee_match := {"a": 1}`, `tracee_match := {"a": 2}`, shadowEvery, 1},
		{"a match too few, in the sample", `tracee_match if true`, `tracee_match if input.userId == 1`, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := loadOne(t, c.right, Options{ShadowEvery: c.every})
			p.closures = loadOne(t, c.wrong, Options{}).closures
			p.plain = true // the prefilter is not what is tested here
			set := engine.NewSet([]engine.Program{p}, engine.Limits{})
			one, other := set.Evaluator(), set.Evaluator()
			e := &event.Event{Seq: 4, Shape: &event.Shape{Name: "openat"}, Context: &event.Context{Node: "n", BootID: "b"}}
			matches, faults := one.Evaluate(t.Context(), e)
			if len(matches) != c.want || len(faults) != 1 || !errors.Is(faults[0].Err, errDisagree) {
				t.Fatalf("%d matches, faults %v", len(matches), faults)
			}
			tier, reason := p.Tier()
			if tier != TierTopdown || reason == "" {
				t.Errorf("tier %s, %q", tier, reason)
			}
			for _, evaluator := range []*engine.Evaluator{one, other} {
				if matches, faults := evaluator.Evaluate(t.Context(), e); len(matches) != c.want || len(faults) != 0 {
					t.Errorf("after that %d matches, faults %v", len(matches), faults)
				}
			}
		})
	}
}

// An error of the closures is asked of topdown, which may have none, and is no
// disagreement.
func TestErrorsAreAskedOfTopdown(t *testing.T) {
	p := loadOne(t, `tracee_match if { f(1) == 3; input.processName == "x" }
f(x) := x if x > 0
f(x) := x + 1 if input.userId == 0`, Options{})
	set := engine.NewSet([]engine.Program{p}, engine.Limits{})
	e := &event.Event{Shape: &event.Shape{Name: "openat"}, Context: &event.Context{ProcessName: "y"}}
	if matches, faults := set.Evaluator().Evaluate(t.Context(), e); len(matches) != 0 || len(faults) != 0 {
		t.Errorf("%d matches, faults %v", len(matches), faults)
	}
	if tier, reason := p.Tier(); tier != TierCompiled {
		t.Errorf("tier %s: %s", tier, reason)
	}
}

func TestTiers(t *testing.T) {
	if tier, reason := loadOne(t, `tracee_match if true`, Options{Reference: true}).Tier(); tier != TierTopdown || reason != "asked for" {
		t.Errorf("tier %s: %s", tier, reason)
	}
}
