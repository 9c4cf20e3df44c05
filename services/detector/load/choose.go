package load

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures"
)

// choose keeps the programs whose id or event name is among names. A name that
// nothing has is an error that says what is near.
func choose(programs []engine.Program, names []string) ([]engine.Program, error) {
	var unknown []error
	for _, name := range names {
		if !slices.ContainsFunc(programs, func(p engine.Program) bool { return isNamed(p, name) }) {
			unknown = append(unknown, unknownName(programs, name))
		}
	}
	if len(unknown) > 0 {
		return nil, errors.Join(unknown...)
	}
	return slices.DeleteFunc(slices.Clone(programs), func(p engine.Program) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return isNamed(p, name) })
	}), nil
}

func isNamed(p engine.Program, name string) bool {
	m := p.Metadata()
	return name != "" && (m.ID == name || m.EventName == name)
}

func unknownName(programs []engine.Program, name string) error {
	for _, pack := range signatures.Packs() {
		if slices.Contains(pack.IDs, name) {
			return fmt.Errorf("no signature %q is loaded: it is in the pack %s, so add --pack %s", name, pack.Name, pack.Name)
		}
	}
	var names []string
	for _, p := range programs {
		m := p.Metadata()
		names = append(names, m.ID, m.EventName)
	}
	names = slices.DeleteFunc(names, func(s string) bool { return s == "" })
	slices.Sort(names)
	names = slices.Compact(names)
	if similar := near(names, name); len(similar) > 0 {
		return fmt.Errorf("no signature %q: did you mean %s?", name, strings.Join(similar, " or "))
	}
	if len(names) == 0 {
		return fmt.Errorf("no signature %q: none is loaded", name)
	}
	return fmt.Errorf("no signature %q: there are %s", name, strings.Join(names[:min(len(names), 20)], ", "))
}

// maxNear is how many names are suggested.
const maxNear = 3

// near returns the names that are like the one given, the nearest first.
func near(names []string, given string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	for _, name := range names {
		d := distance(strings.ToLower(name), strings.ToLower(given))
		if d <= 1+len(given)/4 || len(given) > 2 && strings.Contains(strings.ToLower(name), strings.ToLower(given)) {
			found = append(found, candidate{name, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.distance - b.distance })
	var best []string
	for _, c := range found[:min(len(found), maxNear)] {
		best = append(best, c.name)
	}
	return best
}

// distance counts the letters to change, add or take away to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
