package machine

import (
	"github.com/open-policy-agent/opa/v1/ir"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// with compiles the replacement of a document, or of a part of one, for the
// time of a block.
func (c *compiler) with(s *ir.WithStmt) (step, error) {
	local, replacement := c.note(s.Local), c.operand(s.Value)
	path := make([]value.Value, 0, len(s.Path))
	for _, i := range s.Path {
		path = append(path, c.text(i))
	}
	body, err := c.block(s.Block)
	if err != nil {
		return nil, err
	}
	return func(m *Machine, l []value.Value) signal {
		saved, scope := l[local], m.scope
		m.scopes++
		m.scope = m.scopes
		l[local] = upsert(saved, path, replacement.read(l))
		sig := next
		for _, s := range body {
			if sig = s(m, l); sig != next {
				break
			}
		}
		l[local], m.scope = saved, scope
		switch sig {
		case next, undefined:
			return sig
		default:
			return leave(sig)
		}
	}, nil
}

// upsert returns a document with the value at a path replaced; what is no
// object on the way becomes one.
func upsert(document value.Value, path []value.Value, v value.Value) value.Value {
	if len(path) == 0 {
		return v
	}
	object := value.NewObject()
	if document.Kind() == value.KindObject {
		for it := value.Iterate(document); ; {
			k, x, ok := it.Next()
			if !ok {
				break
			}
			object.Insert(k, x)
		}
	}
	object.Insert(path[0], upsert(object.Get(path[0]), path[1:], v))
	return value.OfObject(object)
}
