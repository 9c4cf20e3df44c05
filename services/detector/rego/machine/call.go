package machine

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ir"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// call compiles the call of a function, be it of the policy or built in.
func (c *compiler) call(s *ir.CallStmt) (step, error) {
	args := make([]operand, len(s.Args))
	for i, a := range s.Args {
		args[i] = c.operand(a)
	}
	result := c.note(s.Result)
	number, ours := c.byName[s.Func]
	if !ours {
		return c.callBuiltin(s, args, result)
	}
	return func(m *Machine, l []value.Value) signal {
		before := m.top
		values := m.room(len(args))
		for i := range args {
			values[i] = args[i].read(l)
		}
		v, sig := m.call(number, values)
		m.top = before
		l[result] = v
		return sig
	}, nil
}

func (c *compiler) callBuiltin(s *ir.CallStmt, args []operand, result int) (step, error) {
	if made := nativeCall(s.Func, args, result); made != nil {
		return made, nil
	}
	b, err := c.bridge(s)
	if err != nil {
		return nil, err
	}
	fast, growth := nativeBuiltin(s.Func), growthOf(s.Func)
	return func(m *Machine, l []value.Value) signal {
		before := m.top
		values := m.room(len(args))
		for i := range args {
			values[i] = args[i].read(l)
		}
		if fast != nil {
			if v, known := fast(m, values); known {
				m.top = before
				l[result] = v
				if m.err != nil {
					return aborted
				}
				return next
			}
		}
		if growth != nil && !m.affords(growth(values)) {
			return aborted
		}
		v, sig := b.call(m, values)
		m.top = before
		l[result] = v
		return sig
	}, nil
}

// callDynamic compiles a call whose function depends on values. A function that
// has no result leaves the three blocks that the planner puts around it.
func (c *compiler) callDynamic(s *ir.CallDynamicStmt) step {
	path := make([]operand, len(s.Path))
	for i, o := range s.Path {
		path[i] = c.operand(o)
	}
	args := make([]operand, len(s.Args))
	for i, a := range s.Args {
		args[i] = c.local(a)
	}
	result := c.note(s.Result)
	return func(m *Machine, l []value.Value) signal {
		names := make([]string, len(path))
		for i := range path {
			name, ok := path[i].read(l).Text()
			if !ok {
				return undefined
			}
			names[i] = name
		}
		number, ok := m.program.byPath[key(names)]
		if !ok {
			return undefined
		}
		values := make([]value.Value, len(args))
		for i := range args {
			values[i] = args[i].read(l)
		}
		v, sig := m.call(number, values)
		l[result] = v
		if sig == undefined {
			return 3
		}
		return sig
	}
}

// bridge returns the way to one of OPA's own functions.
func (c *compiler) bridge(s *ir.CallStmt) (*bridge, error) {
	b, err := newBridge(s.Func, c.opts.Builtins)
	if err != nil {
		return nil, fmt.Errorf("call of %s: %w", s.Func, err)
	}
	b.location = c.location(s.GetLocation())
	return b, nil
}
