package machine

import (
	"github.com/open-policy-agent/opa/v1/ir"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// operand is where a statement reads: a local, or a constant.
type operand struct {
	constant value.Value
	local    int
	isLocal  bool
}

// read returns the operand's value.
func (o *operand) read(l []value.Value) value.Value {
	if o.isLocal {
		return l[o.local]
	}
	return o.constant
}

func (c *compiler) operand(o ir.Operand) operand {
	switch v := o.Value.(type) {
	case ir.Local:
		return c.local(v)
	case ir.StringIndex:
		return operand{constant: c.text(int(v))}
	case ir.Bool:
		return operand{constant: value.Bool(bool(v))}
	default:
		return operand{}
	}
}

// local is an operand for a local, or for the constant that it always is.
func (c *compiler) local(l ir.Local) operand {
	if v, ok := c.facts.constants[l]; ok {
		return operand{constant: v}
	}
	return operand{local: c.note(l), isLocal: true}
}

// text returns one of the policy's texts.
func (c *compiler) text(i int) value.Value { return value.String(c.policy.Static.Strings[i].Value) }
