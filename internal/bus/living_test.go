package bus

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func expectLiving(t *testing.T, l *living, want ...string) {
	t.Helper()
	if got := l.all(); !slices.Equal(got, want) {
		t.Fatalf("%q live, want %q", got, want)
	}
}

// A member is taken for dead when another one has given many signs since its last
// one, whatever the broker says, and lives again with its next.
func TestLivingSilent(t *testing.T) {
	l := newLiving()
	l.sign("dead")
	for range silentFor - 1 {
		l.sign("a")
		l.sign("b")
		expectLiving(t, l, "a", "b", "dead")
	}
	l.sign("a")
	expectLiving(t, l, "a", "b")
	l.sign("dead")
	expectLiving(t, l, "a", "b", "dead")
	l.gone("b")
	expectLiving(t, l, "a", "dead")
	l.clear()
	expectLiving(t, l)
}

// However many there are, and in whatever order their signs come: who gives them as
// often as all others do lives.
func TestLivingInAnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		l, names := newLiving(), make([]string, 1+random.IntN(40))
		for i := range names {
			names[i] = fmt.Sprintf("member-%02d", i)
		}
		for round := range 3 * silentFor {
			random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			for _, name := range names {
				l.sign(name)
			}
			if got := l.all(); len(got) != len(names) {
				t.Fatalf("round %d: %d of %d live", round, len(got), len(names))
			}
		}
	}
}
