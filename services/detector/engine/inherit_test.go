package engine

import "testing"

// A quarantine follows the content: it outlives a reload, and ends with another
// version, another text, or another signature of the same name.
func TestInherit(t *testing.T) {
	panics := func(id, version, digest string) *written {
		w := always(id, onOpenat())
		w.version, w.digest = version, digest
		w.match = func(*Input, func(map[string]any)) error { panic("surprise") }
		return w
	}
	evaluate := func(s *Set, times int) {
		e := s.Evaluator()
		for range times {
			e.Evaluate(t.Context(), newEvent("openat", "host"))
		}
	}
	old := NewSet(programs(panics("A", "1", "d"), always("B", onOpenat())), Limits{Strikes: 3})
	evaluate(old, 3)
	tests := []struct {
		name string
		now  *written
		out  bool
	}{
		{"the same", panics("A", "1", "d"), true},
		{"another text", panics("A", "1", "e"), false},
		{"another version", panics("A", "2", "d"), false},
		{"another id", panics("C", "1", "d"), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set := NewSet(programs(test.now, always("B", onOpenat())), Limits{Strikes: 3})
			set.Inherit(old)
			if got := set.Signatures()[0].Quarantined() || set.Signatures()[1].Quarantined(); got != test.out {
				t.Errorf("in quarantine is %v, want %v", got, test.out)
			}
		})
	}
	// Strikes that do not suffice yet are kept too.
	half := NewSet(programs(panics("A", "1", "d")), Limits{Strikes: 3})
	evaluate(half, 2)
	next := NewSet(programs(panics("A", "1", "d")), Limits{Strikes: 3})
	next.Inherit(half)
	evaluate(next, 1)
	if !next.Signatures()[0].Quarantined() {
		t.Error("the strikes before the reload are forgotten")
	}
}
