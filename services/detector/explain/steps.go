package explain

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// tell puts the call that got furthest into the words of the source.
func (s *sight) tell(source *ast.Rule, v viewer) Rule {
	c := s.furthest()
	r := Rule{
		Name: source.Head.Ref().String(), File: source.Location.File, Line: source.Location.Row,
		Holds: c.holds, Calls: s.count, Steps: []Step{},
	}
	v.known = c.known
	failed := false
	for _, expr := range source.Body {
		if expr.Generated || expr.Location == nil || len(expr.Location.Text) == 0 {
			continue
		}
		place := keyOf(expr.Location)
		step := Step{Line: expr.Location.Row, Text: oneLine(string(expr.Location.Text)), Status: StepTrue}
		switch {
		case failed:
			step.Status = StepNotReached
		case !c.holds && place == c.last:
			step.Status, failed = StepFailed, true
			if c.failed[place] > 1 {
				step.Tries = c.failed[place]
			}
			step.Hint = v.hint(expr)
		}
		if !failed || step.Status == StepFailed {
			step.Values = v.values(expr, c.exprs[place])
		}
		r.Steps = append(r.Steps, step)
	}
	if !c.holds && !failed && c.last != (key{}) {
		// What failed is the value in the rule's head.
		r.Steps = append(r.Steps, Step{
			Line: c.last.row, Text: oneLine(string(source.Head.Location.Text)), Status: StepFailed,
			Values: v.values(&ast.Expr{Terms: &ast.Term{Value: ast.Boolean(true)}}, c.exprs[c.last]), Hint: v.hint(source.Head),
		})
	}
	return r
}

// maxText is how much of an expression or value is shown, in runes.
const maxText = 100

// oneLine is a text on one line, and not too much of it.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxText {
		return string(runes[:maxText]) + "…"
	}
	return text
}
