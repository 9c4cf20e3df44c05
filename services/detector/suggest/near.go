package suggest

import (
	"slices"
	"strings"
)

// maxNear is how many names are suggested.
const maxNear = 3

// Near returns up to three of the names that are like the one given, the
// nearest first; nil where none is.
func Near(names []string, given string) []string {
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
	for _, c := range found {
		if !slices.Contains(best, c.name) {
			best = append(best, c.name)
		}
	}
	return best[:min(len(best), maxNear)]
}

// Hint returns ": did you mean a or b?" for the names near the one given, or
// "" where none is.
func Hint(names []string, given string) string {
	near := Near(names, given)
	if len(near) == 0 {
		return ""
	}
	return ": did you mean " + strings.Join(near, " or ") + "?"
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
