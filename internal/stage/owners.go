package stage

import (
	"hash/fnv"
	"slices"
	"strings"
)

// owners returns the owner of each partition, "" where there is nobody. All
// members come to the same result by themselves: rendezvous hashing gives each
// partition to the member that scores highest for it, and no member gets more
// than its share, rounded up. When a member comes or goes, most partitions stay
// where they are.
func owners(partitions int, members []string) []string {
	members = slices.Compact(slices.Sorted(slices.Values(members)))
	result := make([]string, partitions)
	if len(members) == 0 {
		return result
	}
	share := (partitions + len(members) - 1) / len(members)
	load := make(map[string]int, len(members))
	for p := range result {
		best, most := "", uint64(0)
		for _, m := range members {
			if load[m] >= share {
				continue
			}
			if s := score(p, m); best == "" || s > most {
				best, most = m, s
			}
		}
		result[p] = best
		load[best]++
	}
	// Whoever came last in the order above may be left with less than the others
	// although there is enough: even it out.
	for {
		least, richest := extremes(members, load)
		if load[richest]-load[least] <= 1 {
			return result
		}
		give := -1
		for p, m := range result {
			if m == richest && (give < 0 || score(p, least) > score(give, least)) {
				give = p
			}
		}
		result[give] = least
		load[richest]--
		load[least]++
	}
}

// extremes returns who has the fewest partitions and who has the most.
func extremes(members []string, load map[string]int) (least, richest string) {
	byLoad := func(a, b string) int {
		if load[a] != load[b] {
			return load[a] - load[b]
		}
		return strings.Compare(a, b)
	}
	return slices.MinFunc(members, byLoad), slices.MaxFunc(members, byLoad)
}

// score is how much a member wants a partition.
func score(partition int, member string) uint64 {
	h := fnv.New64a()
	// Writing to a hash cannot fail.
	_, _ = h.Write([]byte{byte(partition), byte(partition >> 8)})
	_, _ = h.Write([]byte(member))
	// FNV alone leaves names that differ in their last letter close together.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
