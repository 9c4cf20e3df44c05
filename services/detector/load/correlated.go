package load

import (
	"github.com/weirsec/weir/services/detector/correlate"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/problem"
)

// correlated wraps the signatures that have a correlation. One whose correlation
// makes no sense is left out: to fire on each match is not what it is for.
func correlated(programs []engine.Program) ([]engine.Program, []problem.Problem) {
	var kept []engine.Program
	var problems []problem.Problem
	for _, p := range programs {
		c := p.Metadata().Correlation
		if c == nil {
			kept = append(kept, p)
			continue
		}
		wrapped, err := correlate.New(p, *c)
		if err != nil {
			problems = append(problems, problem.Problem{Severity: problem.Error, File: p.Source(), Message: err.Error()})
			continue
		}
		kept = append(kept, wrapped)
	}
	return kept, problems
}
