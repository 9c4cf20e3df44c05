package machine

import (
	"context"
	"time"

	"github.com/open-policy-agent/opa/v1/ir"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// constantResult returns the only value that a function can return, nil where
// there may be several. Such a function is done when one of its bodies is: so
// is topdown, which then never sees what the other bodies would have done.
func (c *compiler) constantResult(f *ir.Func) *value.Value {
	var found *value.Value
	same := true
	var look func(b *ir.Block)
	look = func(b *ir.Block) {
		for _, s := range b.Stmts {
			switch s := s.(type) {
			case *ir.AssignVarOnceStmt:
				if s.Target == f.Return {
					continue // of what was assigned before
				}
				o := c.operand(s.Source)
				if o.isLocal || found != nil && !value.Equal(*found, o.constant) {
					same = false
					continue
				}
				found = &o.constant
			case *ir.BlockStmt:
				for _, inner := range s.Blocks {
					look(inner)
				}
			case *ir.ScanStmt:
				look(s.Block)
			case *ir.NotStmt:
				look(s.Block)
			case *ir.WithStmt:
				look(s.Block)
			}
		}
	}
	for _, b := range f.Blocks {
		look(b)
	}
	if !same {
		return nil
	}
	return found
}

// constantSteps is the budget of steps for all constants of a program: more than
// an evaluation has, as they are worked out once.
const constantSteps = 10_000_000

// evaluateConstants works out the functions that depend on nothing, within one
// budget for all of them: what is left over is worked out when it is needed.
func (c *compiler) evaluateConstants() {
	constant := c.independent()
	m := c.program.NewMachine(Limits{Steps: constantSteps})
	until := time.Now().Add(m.limits.Time)
	for i := range c.program.funcs {
		if !constant[i] {
			continue
		}
		m.limits.Time = time.Until(until)
		if m.limits.Steps <= 0 || m.limits.Bytes <= 0 || m.limits.Time <= 0 {
			return
		}
		v, err := m.Call(context.Background(), i, value.Value{}, value.Value{})
		m.limits.Steps, m.limits.Bytes = m.steps, m.bytes
		if err != nil {
			// It fails whenever it is called, then as well.
			continue
		}
		value.Freeze(v)
		c.program.funcs[i].constant = &v
	}
}

// independent finds the functions without arguments that look at neither input
// nor data, and call only such functions and built-in ones.
func (c *compiler) independent() []bool {
	all := c.policy.Funcs.Funcs
	found := make([]bool, len(all))
	known := make([]*facts, len(all))
	for i, f := range all {
		known[i] = collectFacts(c.policy, f.Blocks, f.Params)
		found[i] = !known[i].readsInput && !known[i].dynamic && c.pure(known[i])
	}
	for changed := true; changed; {
		changed = false
		for i := range all {
			if found[i] && !c.callsOnly(known[i], found) {
				found[i], changed = false, true
			}
		}
	}
	for i, f := range all {
		found[i] = found[i] && len(f.Params) == 2
	}
	return found
}

// callsOnly reports whether all functions of the policy that are called are
// among those found.
func (c *compiler) callsOnly(f *facts, found []bool) bool {
	for _, name := range f.calls {
		if i, ours := c.byName[name]; ours && !found[i] {
			return false
		}
	}
	return true
}

// pure reports whether the built-in functions that are called give the same
// result each time.
func (c *compiler) pure(f *facts) bool {
	for _, name := range f.calls {
		if _, ours := c.byName[name]; !ours && !deterministic(name) {
			return false
		}
	}
	return true
}
