package interest

import (
	"fmt"
	"slices"
	"strings"
)

// Lists of scopes are alternatives: a list holds where any of its scopes does.
// The empty list never holds.

// Everything returns the list that always holds.
func Everything() []Scope { return []Scope{{}} }

// always reports whether a list always holds, as Either and Both write that.
func always(list []Scope) bool { return len(list) == 1 && list[0].empty() }

// AnyHolds reports whether any scope of a list holds for an event.
func AnyHolds(list []Scope, f *Facts) bool {
	for i := range list {
		if list[i].Holds(f) {
			return true
		}
	}
	return false
}

// maxTidied is how many scopes are compared with each other; more of them are
// everything.
const maxTidied = 512

// Either returns a list that holds wherever one of the lists does, and nowhere
// else as long as there are not too many of them. The same scopes give the same
// list, in whatever order they come.
func Either(lists ...[]Scope) []Scope {
	var all []Scope
	for _, list := range lists {
		all = append(all, list...)
	}
	for {
		merged := mergeUIDs(mergeOrigins(mergeTexts(all)))
		if slices.EqualFunc(merged, all, Scope.equal) {
			break
		}
		all = merged
	}
	if len(all) > maxTidied || slices.ContainsFunc(all, func(s Scope) bool { return s.empty() }) {
		return Everything()
	}
	return uncovered(all)
}

// Both returns a list that holds wherever both lists do, and in few other
// places: where there would be too many scopes one of the lists is not asked.
func Both(a, b []Scope) []Scope {
	if len(a)*len(b) > maxTidied {
		if len(a) < len(b) {
			return a
		}
		return b
	}
	var all []Scope
	for i := range a {
		for j := range b {
			if s, possible := a[i].and(&b[j]); possible {
				all = append(all, s)
			}
		}
	}
	return Either(all)
}

// and returns the scope that holds where both do; false where none can.
func (s *Scope) and(other *Scope) (Scope, bool) {
	both := Scope{Comms: s.Comms, UIDs: s.UIDs, Origin: s.Origin, Paths: s.Paths}
	switch {
	case both.Origin == "":
		both.Origin = other.Origin
	case other.Origin != "" && other.Origin != both.Origin:
		return Scope{}, false
	}
	var possible [3]bool
	both.Comms, possible[0] = common(both.Comms, other.Comms)
	both.UIDs, possible[1] = common(both.UIDs, other.UIDs)
	both.Paths, possible[2] = commonPaths(both.Paths, other.Paths)
	return both, possible == [3]bool{true, true, true}
}

// common returns what two fields have in common.
func common[T comparable](a, b []T) ([]T, bool) {
	if len(a) == 0 {
		return b, true
	}
	if len(b) == 0 {
		return a, true
	}
	var both []T
	for _, entry := range a {
		if slices.Contains(b, entry) {
			both = append(both, entry)
		}
	}
	return both, len(both) > 0
}

// commonPaths returns the longer one of each pair of which one begins the other.
func commonPaths(a, b []string) ([]string, bool) {
	if len(a) == 0 {
		return b, true
	}
	if len(b) == 0 {
		return a, true
	}
	var both []string
	for _, p := range a {
		for _, q := range b {
			switch {
			case strings.HasPrefix(p, q):
				both = append(both, p)
			case strings.HasPrefix(q, p):
				both = append(both, q)
			}
		}
	}
	return both, len(both) > 0
}

// mergeTexts makes one scope of those that differ in their paths, or in their
// comms, only.
func mergeTexts(list []Scope) []Scope {
	list = merge(list,
		func(s Scope) string { return fmt.Sprintf("%q %d %s", s.Comms, s.UIDs, s.Origin) },
		func(s *Scope) *[]string { return &s.Paths }, shortest)
	return merge(list,
		func(s Scope) string { return fmt.Sprintf("%q %d %s", s.Paths, s.UIDs, s.Origin) },
		func(s *Scope) *[]string { return &s.Comms }, once[string])
}

func mergeUIDs(list []Scope) []Scope {
	return merge(list,
		func(s Scope) string { return fmt.Sprintf("%q %q %s", s.Paths, s.Comms, s.Origin) },
		func(s *Scope) *[]uint32 { return &s.UIDs }, once[uint32])
}

// mergeOrigins makes one scope of those that differ in their origins only: there
// are but two.
func mergeOrigins(list []Scope) []Scope {
	key := func(s Scope) string { return fmt.Sprintf("%q %q %d", s.Paths, s.Comms, s.UIDs) }
	return grouped(list, key, func(group []Scope) []Scope {
		for _, s := range group[1:] {
			if s.Origin != group[0].Origin {
				group[0].Origin = ""
			}
		}
		return group[:1]
	})
}

// merge makes one scope of those that have the same key and differ in one field
// only, or as many as it takes for MaxTexts entries each.
func merge[T any](list []Scope, key func(Scope) string, field func(*Scope) *[]T, tidy func([]T) []T) []Scope {
	return grouped(list, key, func(group []Scope) []Scope {
		var all []T
		for i := range group {
			if len(*field(&group[i])) == 0 {
				*field(&group[0]) = nil
				return group[:1]
			}
			all = append(all, *field(&group[i])...)
		}
		var made []Scope
		for part := range slices.Chunk(tidy(all), MaxTexts) {
			s := group[0]
			*field(&s) = slices.Clone(part)
			made = append(made, s)
		}
		return made
	})
}

// grouped replaces the scopes of each key by what join makes of them, in the
// order of the keys.
func grouped(list []Scope, key func(Scope) string, join func(group []Scope) []Scope) []Scope {
	groups := map[string][]Scope{}
	var order []string
	for _, s := range list {
		k := key(s)
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], s)
	}
	slices.Sort(order)
	var made []Scope
	for _, k := range order {
		made = append(made, join(groups[k])...)
	}
	return made
}

// once sorts entries and leaves out those that are there already.
func once[T string | uint32](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}

// shortest sorts paths and leaves out those that another one begins: they come
// right behind it.
func shortest(paths []string) []string {
	slices.Sort(paths)
	kept := paths[:0]
	for _, p := range paths {
		if len(kept) == 0 || !strings.HasPrefix(p, kept[len(kept)-1]) {
			kept = append(kept, p)
		}
	}
	return kept
}

// uncovered leaves out the scopes that another one covers. No two are equal.
func uncovered(list []Scope) []Scope {
	kept := []Scope{}
	for i := range list {
		covered := false
		for j := range list {
			covered = covered || i != j && list[j].covers(&list[i])
		}
		if !covered {
			kept = append(kept, list[i])
		}
	}
	return kept
}
