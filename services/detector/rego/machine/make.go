package machine

import (
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// make compiles what sets a local. The second result is false for other
// statements; a known one may need no step.
func (c *compiler) make(s ir.Stmt) (step, bool) {
	switch s := s.(type) {
	case *ir.MakeNumberIntStmt:
		return c.constantTo(s.Target, value.Int(s.Value)), true
	case *ir.MakeNumberRefStmt:
		return c.constantTo(s.Target, value.Number(c.policy.Static.Strings[s.Index].Value)), true
	case *ir.MakeNullStmt:
		return c.constantTo(s.Target, value.Null()), true
	case *ir.AssignIntStmt:
		return c.constantTo(s.Target, value.Int(s.Value)), true
	case *ir.ResetLocalStmt:
		return c.constantTo(s.Target, value.Value{}), true
	case *ir.MakeArrayStmt:
		target, capacity := c.note(s.Target), int(s.Capacity)
		return func(m *Machine, l []value.Value) signal {
			l[target] = value.OfArray(value.NewArray(capacity))
			return m.charged(bytesPerValue * (1 + capacity))
		}, true
	case *ir.MakeObjectStmt:
		target := c.note(s.Target)
		return func(m *Machine, l []value.Value) signal {
			l[target] = value.OfObject(value.NewObject())
			return m.charged(bytesPerValue)
		}, true
	case *ir.MakeSetStmt:
		target := c.note(s.Target)
		return func(m *Machine, l []value.Value) signal {
			l[target] = value.OfSet(value.NewSet())
			return m.charged(bytesPerValue)
		}, true
	case *ir.AssignVarStmt:
		source, target := c.operand(s.Source), c.note(s.Target)
		return func(_ *Machine, l []value.Value) signal {
			l[target] = source.read(l)
			return next
		}, true
	case *ir.AssignVarOnceStmt:
		return c.assignOnce(s), true
	case *ir.LenStmt:
		source, target := c.operand(s.Source), c.note(s.Target)
		return func(_ *Machine, l []value.Value) signal {
			l[target] = value.Int(int64(source.read(l).Len()))
			return next
		}, true
	default:
		return nil, false
	}
}

// constantTo sets a local, unless it is known to be the constant everywhere.
func (c *compiler) constantTo(target ir.Local, v value.Value) step {
	if _, everywhere := c.facts.constants[target]; everywhere {
		return nil
	}
	to := c.note(target)
	return func(_ *Machine, l []value.Value) signal {
		l[to] = v
		return next
	}
}

// charged is the signal of something that took memory.
func (m *Machine) charged(bytes int) signal {
	if !m.charge(bytes) {
		return aborted
	}
	return next
}

// assignOnce compiles the assignment of a rule's value, which may happen again
// but never with another value.
func (c *compiler) assignOnce(s *ir.AssignVarOnceStmt) step {
	source, target := c.operand(s.Source), c.note(s.Target)
	if c.early != nil && s.Target != c.returns {
		// Whatever else the function looked at, this is what it returns.
		v := *c.early
		return func(m *Machine, _ []value.Value) signal {
			m.result = v
			return returned
		}
	}
	conflict := &topdown.Error{
		Code: topdown.ConflictErr, Location: c.location(s.GetLocation()),
		Message: "complete rules must not produce multiple outputs",
	}
	return func(m *Machine, l []value.Value) signal {
		v := source.read(l)
		if l[target].Defined() && !value.Equal(l[target], v) {
			m.abort(conflict)
			return aborted
		}
		l[target] = v
		return next
	}
}
