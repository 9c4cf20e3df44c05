package machine

import (
	"github.com/open-policy-agent/opa/v1/ir"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// check compiles tests of a value's type.
func (c *compiler) check(s ir.Stmt) step {
	switch s := s.(type) {
	case *ir.IsArrayStmt:
		return c.isKind(s.Source, value.KindArray)
	case *ir.IsObjectStmt:
		return c.isKind(s.Source, value.KindObject)
	case *ir.IsSetStmt:
		return c.isKind(s.Source, value.KindSet)
	default:
		return nil
	}
}

func (c *compiler) isKind(o ir.Operand, kind value.Kind) step {
	source := c.operand(o)
	return func(_ *Machine, l []value.Value) signal {
		if source.read(l).Kind() != kind {
			return undefined
		}
		return next
	}
}

// equal compiles a comparison that must hold.
func (c *compiler) equal(left, right ir.Operand) step {
	a, b := c.operand(left), c.operand(right)
	if !a.isLocal {
		a, b = b, a
	}
	if text, ok := b.constant.Text(); ok && !b.isLocal && a.isLocal {
		from := a.local
		return func(_ *Machine, l []value.Value) signal {
			if got, is := l[from].Text(); is && got == text {
				return next
			}
			return undefined
		}
	}
	return func(_ *Machine, l []value.Value) signal {
		if value.Equal(a.read(l), b.read(l)) {
			return next
		}
		return undefined
	}
}

// notEqual compiles a comparison that must not hold. Most are there to find
// out whether an expression is false.
func (c *compiler) notEqual(left, right ir.Operand) step {
	a, b := c.operand(left), c.operand(right)
	if a.isLocal && !b.isLocal && b.constant.IsFalse() {
		from := a.local
		return func(_ *Machine, l []value.Value) signal {
			if l[from].IsFalse() {
				return undefined
			}
			return next
		}
	}
	return func(_ *Machine, l []value.Value) signal {
		if value.Equal(a.read(l), b.read(l)) {
			return undefined
		}
		return next
	}
}
