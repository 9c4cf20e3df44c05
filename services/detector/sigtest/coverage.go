package sigtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/signatures/sdk"
)

// FileCoverage tells which lines of a signature's file the tests reached.
type FileCoverage struct {
	File string `json:"file"`
	// Covered and Uncovered count the lines that hold an expression or the
	// head of a rule.
	Covered   int `json:"covered"`
	Uncovered int `json:"uncovered"`
	// Lines are those that no test reached.
	Lines []int `json:"uncovered_lines"`
}

// Percent is the share of lines that were reached, 0 to 100.
func (c FileCoverage) Percent() float64 {
	if c.Covered+c.Uncovered == 0 {
		return 100
	}
	return 100 * float64(c.Covered) / float64(c.Covered+c.Uncovered)
}

// Ranges returns the lines that no test reached, as "3, 7-9".
func (c FileCoverage) Ranges() string {
	var parts []string
	for i := 0; i < len(c.Lines); {
		j := i
		for j+1 < len(c.Lines) && c.Lines[j+1] == c.Lines[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, fmt.Sprint(c.Lines[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", c.Lines[i], c.Lines[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

// coverage collects the lines of signatures that tests reach.
type coverage struct {
	cover *cover.Cover
	units map[string]*rego.Unit
}

// newCoverage returns the coverage of those files that the set is loaded from.
func newCoverage(ctx context.Context, workspaces []*rego.Workspace, set *engine.Set) *coverage {
	c := &coverage{cover: cover.New(), units: map[string]*rego.Unit{}}
	for _, w := range workspaces {
		for _, u := range w.Signatures {
			if slices.ContainsFunc(set.Signatures(), func(s *engine.Signature) bool { return s.Source == u.Name }) {
				c.units[u.Name] = u
				// Loading evaluates these, so they are reached without a test.
				c.eval(ctx, u, "__rego_metadoc__", nil)
				c.eval(ctx, u, "tracee_selected_events", nil)
			}
		}
	}
	return c
}

// suite evaluates the events of a suite for its lines only: what it gives is
// judged elsewhere.
func (c *coverage) suite(ctx context.Context, set *engine.Set, s *Suite) {
	for _, member := range set.Signatures() {
		unit := c.units[member.Source]
		if unit == nil || member.Metadata.ID != s.Signature {
			continue
		}
		for _, test := range s.Cases {
			for _, e := range test.Events {
				if slices.Contains(set.Selecting(sdk.Source, e.Name(), e.Origin()), member) {
					c.eval(ctx, unit, "tracee_match", e)
				}
			}
		}
	}
}

// eval evaluates one rule under the eyes of the coverage. An error is that of
// the signature, which the test itself reports.
func (c *coverage) eval(ctx context.Context, unit *rego.Unit, rule string, e *event.Event) {
	ctx, cancel := context.WithTimeout(ctx, rego.DefaultTimeout+time.Second)
	defer cancel()
	var input *ast.Term
	if e != nil {
		input = rego.Document(e)
	}
	_ = unit.Watch(ctx, rule, input, c.cover, false)
}

// report returns the coverage of each signature's file, sorted by name.
func (c *coverage) report() []FileCoverage {
	modules := map[string]*ast.Module{}
	for name, u := range c.units {
		modules[name] = u.Module
	}
	report := c.cover.Report(modules)
	files := []FileCoverage{}
	for name := range modules {
		f := report.Files[name]
		out := FileCoverage{File: name, Covered: f.CoveredLines, Uncovered: f.NotCoveredLines, Lines: []int{}}
		for _, r := range f.NotCovered {
			for row := r.Start.Row; row <= r.End.Row; row++ {
				if !f.IsCovered(row) {
					out.Lines = append(out.Lines, row)
				}
			}
		}
		slices.Sort(out.Lines)
		out.Lines = slices.Compact(out.Lines)
		files = append(files, out)
	}
	slices.SortFunc(files, func(a, b FileCoverage) int { return strings.Compare(a.File, b.File) })
	return files
}
