package engine

import (
	"slices"
	"testing"
)

func TestOnly(t *testing.T) {
	whole := NewSet(programs(always("A", onOpenat()), always("B", onOpenat())), Limits{})
	e := newEvent("openat", "host")
	whole.Evaluator().Evaluate(t.Context(), e)
	alone := whole.Only(whole.Signatures()[1])
	matches, _ := alone.Evaluator().Evaluate(t.Context(), e)
	if got := ids(matches); !slices.Equal(got, []string{"B"}) {
		t.Errorf("matches of %q", got)
	}
	if stats := alone.Stats(); len(stats) != 1 || stats[0].Events != 1 {
		t.Errorf("%+v", stats)
	}
	if stats := whole.Stats(); stats[1].Events != 1 {
		t.Errorf("the whole set counts %+v", stats[1])
	}
}
