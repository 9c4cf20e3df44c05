package explain

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

const (
	// maxTrace bounds how much of an evaluation is looked at, in steps of OPA.
	maxTrace = 2_000_000
	// maxCalls bounds how many calls of one rule are kept apart; the others are
	// only counted.
	maxCalls = 10_000
)

// tracer watches an evaluation and keeps, for each rule, the call that got
// furthest.
type tracer struct {
	calls  map[uint64]*call
	byRule map[key]*sight
	seen   []*sight
	events int
}

// sight is one rule as it was seen.
type sight struct {
	rule  *ast.Rule
	calls []*call
	// count is how often the rule was entered.
	count int
}

// call is one evaluation of a rule's body.
type call struct {
	// reached and failed count, for the place of each expression, how often it
	// was evaluated and how often it did not hold.
	reached, failed map[key]int
	// order is the places in the order in which they were reached first.
	order []key
	// last is the place that failed furthest on, with what was known there.
	last  key
	known known
	// exprs are the compiled expressions of each place, each once.
	exprs map[key][]*ast.Expr
	holds bool
}

// known is the variables of a call, by the names that the compiler gave them,
// with those that their author knows.
type known struct {
	values *ast.ValueMap
	names  map[ast.Var]topdown.VarMetadata
}

// get returns the value of a variable, nil where it has none.
func (k known) get(name ast.Var) ast.Value {
	if k.values == nil {
		return nil
	}
	return k.values.Get(name)
}

func newTracer() *tracer {
	return &tracer{calls: map[uint64]*call{}, byRule: map[key]*sight{}}
}

// Enabled reports that the tracer wants to see.
func (t *tracer) Enabled() bool { return true }

// Config asks for the values of variables.
func (t *tracer) Config() topdown.TraceConfig { return topdown.TraceConfig{PlugLocalVars: true} }

// TraceEvent takes one step of the evaluation.
func (t *tracer) TraceEvent(e topdown.Event) {
	if t.events++; t.events > maxTrace {
		return
	}
	switch node := e.Node.(type) {
	case *ast.Rule:
		switch e.Op {
		case topdown.EnterOp:
			t.enter(e.QueryID, node)
		case topdown.ExitOp:
			if c := t.calls[e.QueryID]; c != nil && !c.holds {
				c.holds, c.known = true, known{e.Locals, e.LocalMetadata}
			}
		}
	case *ast.Expr:
		c := t.calls[e.QueryID]
		if c == nil {
			return
		}
		switch e.Op {
		case topdown.EvalOp:
			c.reach(node)
		case topdown.FailOp:
			c.fail(node, known{e.Locals, e.LocalMetadata})
		}
	}
}

// enter begins a call of a rule.
func (t *tracer) enter(id uint64, rule *ast.Rule) {
	place := keyOf(rule.Location)
	s := t.byRule[place]
	if s == nil {
		s = &sight{rule: rule}
		t.byRule[place] = s
		t.seen = append(t.seen, s)
	}
	if s.count++; s.count > maxCalls {
		return
	}
	c := &call{reached: map[key]int{}, failed: map[key]int{}, exprs: map[key][]*ast.Expr{}}
	t.calls[id] = c
	s.calls = append(s.calls, c)
}

func (c *call) reach(expr *ast.Expr) {
	place := placeOf(expr)
	if c.reached[place] == 0 {
		c.order = append(c.order, place)
	}
	c.reached[place]++
	if !slices.Contains(c.exprs[place], expr) {
		c.exprs[place] = append(c.exprs[place], expr)
	}
}

func (c *call) fail(expr *ast.Expr, k known) {
	place := placeOf(expr)
	c.failed[place]++
	if !c.holds && c.rank(place) > c.rank(c.last) {
		c.last, c.known = place, k
	}
}

// rank is how far on in the body a place is, -1 for one that was not reached.
func (c *call) rank(place key) int {
	for i, p := range c.order {
		if p == place {
			return i
		}
	}
	return -1
}

// progress orders calls: how far they got.
func (c *call) progress() int {
	if c.holds {
		return len(c.order) + 1
	}
	return c.rank(c.last)
}

// placeOf is where the expression is written that this one was made from.
func placeOf(expr *ast.Expr) key { return keyOf(expr.BaseCogeneratedExpr().Location) }

// furthest is the call that got furthest, the first of several.
func (s *sight) furthest() *call {
	best := s.calls[0]
	for _, c := range s.calls[1:] {
		if c.progress() > best.progress() {
			best = c
		}
	}
	return best
}
