package machine

import (
	"github.com/open-policy-agent/opa/v1/ir"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// dot compiles one step of a reference.
func (c *compiler) dot(s *ir.DotStmt) step {
	source, k, target := c.operand(s.Source), c.operand(s.Key), c.note(s.Target)
	if !source.isLocal {
		return func(_ *Machine, l []value.Value) signal {
			l[target] = source.constant.Get(k.read(l))
			return defined(l[target])
		}
	}
	from := source.local
	name, named := k.constant.Text()
	if k.isLocal || !named {
		return func(_ *Machine, l []value.Value) signal {
			l[target] = l[from].Get(k.read(l))
			return defined(l[target])
		}
	}
	field, known := value.FieldOf(name)
	constant := k.constant
	return func(_ *Machine, l []value.Value) signal {
		if e := l[from].AsEvent(); e != nil {
			if !known {
				l[target] = value.Value{}
				return undefined
			}
			l[target] = e.Field(field)
			return defined(l[target])
		}
		l[target] = l[from].Get(constant)
		return defined(l[target])
	}
}
