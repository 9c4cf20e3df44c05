package kernels

import (
	"fmt"
	"strings"
)

// Matrix is what works in one scenario, as lines of tab-separated columns: a
// kind, a name and what was found.
//
//	load   -                           ok, or the error
//	event  its name                    the hook, or "off: " and the reason
//	test   package and name            pass, or "skip: " and the reason
type Matrix struct{ Rows []Row }

// Row is one line of a matrix.
type Row struct{ Kind, Name, Found string }

// newMatrix takes from the results what does not change with a point release.
// Tests that failed are in none: they fail the scenario. Parts of tests count
// only where they were skipped.
func newMatrix(results []Result) Matrix {
	var m Matrix
	release := ""
	for _, r := range results {
		for _, a := range r.Attrs {
			switch kind, name, _ := strings.Cut(a[0], ":"); kind {
			case "release":
				release = a[1]
			case "load":
				m.Rows = append(m.Rows, Row{"load", "-", a[1]})
			case "event":
				m.Rows = append(m.Rows, Row{"event", name, a[1]})
			}
		}
	}
	for _, r := range results {
		row := Row{"test", r.Package + " " + r.Test, r.Outcome}
		if r.Outcome == "skip" {
			row.Found += ": " + r.reason()
		}
		if r.Outcome == "skip" || r.Outcome == "pass" && !strings.Contains(r.Test, "/") {
			m.Rows = append(m.Rows, row)
		}
	}
	if release != "" {
		for i := range m.Rows {
			m.Rows[i].Found = strings.ReplaceAll(m.Rows[i].Found, release, version(release))
		}
	}
	return m
}

// version is the release without its point release and what comes after.
func version(release string) string {
	parts := strings.SplitN(release, ".", 3)
	if len(parts) < 2 {
		return release
	}
	return parts[0] + "." + parts[1]
}

// String is the golden file's text.
func (m Matrix) String() string {
	var b strings.Builder
	for _, r := range m.Rows {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", r.Kind, r.Name, r.Found)
	}
	return b.String()
}

// parseMatrix reads a golden file's text.
func parseMatrix(text string) (Matrix, error) {
	var m Matrix
	n := 0
	for line := range strings.Lines(text) {
		n++
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) != 3 {
			return m, fmt.Errorf("line %d has %d columns, not 3: %q", n, len(columns), line)
		}
		m.Rows = append(m.Rows, Row{columns[0], columns[1], columns[2]})
	}
	return m, nil
}

// find returns what was found; "" where there is no such row.
func (m Matrix) find(kind, name string) string {
	for _, r := range m.Rows {
		if r.Kind == kind && r.Name == name {
			return r.Found
		}
	}
	return ""
}

// difference lists the rows that only one of two matrices has.
func difference(want, got Matrix) string {
	var b strings.Builder
	side := func(sign string, rows, others []Row) {
		has := map[Row]bool{}
		for _, r := range others {
			has[r] = true
		}
		for _, r := range rows {
			if !has[r] {
				fmt.Fprintf(&b, "%s %s\t%s\t%s\n", sign, r.Kind, r.Name, r.Found)
			}
		}
	}
	side("-", want.Rows, got.Rows)
	side("+", got.Rows, want.Rows)
	return b.String()
}
