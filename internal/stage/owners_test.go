package stage

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestOwners(t *testing.T) {
	for _, partitions := range []int{1, 2, 7, 16, 64, 256} {
		for n := range 40 {
			var members []string
			for i := range n {
				members = append(members, fmt.Sprintf("detector-%d", i))
			}
			got := owners(partitions, members)
			load := map[string]int{}
			for _, m := range got {
				load[m]++
			}
			for _, m := range members {
				if want := partitions / n; load[m] != want && load[m] != want+1 {
					t.Fatalf("%d partitions, %d members: %s has %d", partitions, n, m, load[m])
				}
			}
			if n == 0 && load[""] != partitions {
				t.Errorf("without members: %v", got)
			}
			rand.Shuffle(n, func(i, j int) { members[i], members[j] = members[j], members[i] })
			if again := owners(partitions, append(members, members...)); !slices.Equal(got, again) {
				t.Fatalf("another order of the members gives another result: %v, %v", got, again)
			}
		}
	}
}

// Whoever comes or goes moves few partitions besides those that must move.
func TestOwnersStay(t *testing.T) {
	const partitions = 64
	moved, must := 0, 0
	for seed := range 50 {
		var members []string
		for i := range 2 + seed%10 {
			members = append(members, fmt.Sprintf("host-%d-%d", seed, i))
		}
		before := owners(partitions, members)
		after := owners(partitions, append(slices.Clone(members), "new"))
		for p := range before {
			if after[p] == "new" {
				must++
			}
			if after[p] != before[p] {
				moved++
			}
		}
	}
	t.Logf("%d partitions moved, %d had to", moved, must)
	if moved > 2*must {
		t.Errorf("%d partitions moved, though only %d had to", moved, must)
	}
}
