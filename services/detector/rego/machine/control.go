package machine

import (
	"github.com/open-policy-agent/opa/v1/ir"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// control compiles what only says how to go on.
func (c *compiler) control(s ir.Stmt) step {
	switch s := s.(type) {
	case *ir.BreakStmt:
		sig := signal(s.Index)
		return func(*Machine, []value.Value) signal { return sig }
	case *ir.ReturnLocalStmt:
		source := c.local(s.Source)
		return func(m *Machine, l []value.Value) signal {
			m.result = source.read(l)
			return returned
		}
	case *ir.ResultSetAddStmt:
		source := c.local(s.Value)
		return func(m *Machine, l []value.Value) signal {
			m.results.Add(source.read(l))
			return next
		}
	case *ir.IsDefinedStmt:
		source := c.local(s.Source)
		return func(_ *Machine, l []value.Value) signal { return defined(source.read(l)) }
	case *ir.IsUndefinedStmt:
		source := c.local(s.Source)
		return func(_ *Machine, l []value.Value) signal {
			if source.read(l).Defined() {
				return undefined
			}
			return next
		}
	default:
		return nil
	}
}

// nested compiles blocks inside a block.
func (c *compiler) nested(s *ir.BlockStmt) (step, error) {
	blocks, err := c.blocks(s.Blocks)
	if err != nil {
		return nil, err
	}
	if len(blocks) == 1 {
		only := blocks[0]
		return func(m *Machine, l []value.Value) signal { return run(m, l, only) }, nil
	}
	return func(m *Machine, l []value.Value) signal {
		for _, b := range blocks {
			if sig := run(m, l, b); sig != next {
				return sig
			}
		}
		return next
	}, nil
}

// scan compiles a walk over a collection.
func (c *compiler) scan(s *ir.ScanStmt) (step, error) {
	source, k, v := c.local(s.Source), c.note(s.Key), c.note(s.Value)
	body, err := c.block(s.Block)
	if err != nil {
		return nil, err
	}
	return func(m *Machine, l []value.Value) signal {
		for it := value.Iterate(source.read(l)); ; {
			key, val, ok := it.Next()
			if !ok {
				return next
			}
			if !m.spend(1) {
				return aborted
			}
			l[k], l[v] = key, val
			if sig := run(m, l, body); sig != next {
				return sig
			}
		}
	}, nil
}

// not compiles a negation: its block must not come to its end.
func (c *compiler) not(s *ir.NotStmt) (step, error) {
	body, err := c.block(s.Block)
	if err != nil {
		return nil, err
	}
	reset := c.condition(s.Block)
	return func(m *Machine, l []value.Value) signal {
		if reset >= 0 {
			l[reset] = value.Value{}
		}
		for _, s := range body {
			if sig := s(m, l); sig != next {
				return leave(sig)
			}
		}
		return undefined
	}, nil
}

// condition returns the local that says whether the body of a negation came to
// its end, -1 where there is none. OPA's planner never resets it, so that in a
// loop the second turn would see the first one's.
func (c *compiler) condition(b *ir.Block) int {
	if len(b.Stmts) == 0 {
		return -1
	}
	last, ok := b.Stmts[len(b.Stmts)-1].(*ir.IsDefinedStmt)
	if !ok || !sets(b, last.Source) {
		return -1
	}
	return c.note(last.Source)
}

// sets reports whether a block, or one in it, sets a local to true.
func sets(b *ir.Block, l ir.Local) bool {
	found := false
	for _, s := range b.Stmts {
		switch s := s.(type) {
		case *ir.AssignVarStmt:
			found = found || s.Target == l && s.Source.Value == ir.Bool(true)
		case *ir.BlockStmt:
			for _, inner := range s.Blocks {
				found = found || sets(inner, l)
			}
		case *ir.ScanStmt:
			found = found || sets(s.Block, l)
		case *ir.WithStmt:
			found = found || sets(s.Block, l)
		}
	}
	return found
}
