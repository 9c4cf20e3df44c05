package machine

import (
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// build compiles what adds to a collection.
func (c *compiler) build(s ir.Stmt) step {
	switch s := s.(type) {
	case *ir.ArrayAppendStmt:
		array, v := c.note(s.Array), c.operand(s.Value)
		return func(m *Machine, l []value.Value) signal {
			l[array].Array().Append(v.read(l))
			return m.charged(bytesPerValue)
		}
	case *ir.SetAddStmt:
		set, v := c.note(s.Set), c.operand(s.Value)
		return func(m *Machine, l []value.Value) signal {
			if l[set].Set().Add(v.read(l)) {
				return m.charged(2 * bytesPerValue)
			}
			return next
		}
	case *ir.ObjectInsertStmt:
		object, k, v := c.note(s.Object), c.operand(s.Key), c.operand(s.Value)
		return func(m *Machine, l []value.Value) signal {
			l[object].Object().Insert(k.read(l), v.read(l))
			return m.charged(2 * bytesPerValue)
		}
	case *ir.ObjectInsertOnceStmt:
		return c.insertOnce(s)
	case *ir.ObjectMergeStmt:
		a, b, target := c.local(s.A), c.local(s.B), c.note(s.Target)
		return func(m *Machine, l []value.Value) signal {
			merged := merge(a.read(l), b.read(l))
			l[target] = merged
			return m.charged(merged.Len() * bytesPerValue)
		}
	default:
		return nil
	}
}

func (c *compiler) insertOnce(s *ir.ObjectInsertOnceStmt) step {
	object, k, v := c.note(s.Object), c.operand(s.Key), c.operand(s.Value)
	conflict := &topdown.Error{
		Code: topdown.ConflictErr, Location: c.location(s.GetLocation()),
		Message: "object keys must be unique",
	}
	return func(m *Machine, l []value.Value) signal {
		into, key, given := l[object].Object(), k.read(l), v.read(l)
		if known := into.Get(key); known.Defined() {
			if !value.Equal(known, given) {
				m.abort(conflict)
				return aborted
			}
			return next
		}
		into.Insert(key, given)
		return m.charged(2 * bytesPerValue)
	}
}

// merge puts two documents together; the first one, which is the base document,
// wins where both have something that is no object.
func merge(a, b value.Value) value.Value {
	switch {
	case !a.Defined():
		return b
	case !b.Defined():
		return a
	case a.Kind() != value.KindObject || b.Kind() != value.KindObject:
		return a
	}
	merged := value.NewObject()
	for it := value.Iterate(a); ; {
		k, x, ok := it.Next()
		if !ok {
			break
		}
		merged.Insert(k, merge(x, b.Get(k)))
	}
	for it := value.Iterate(b); ; {
		k, x, ok := it.Next()
		if !ok {
			return value.OfObject(merged)
		}
		if !a.Get(k).Defined() {
			merged.Insert(k, x)
		}
	}
}
