package machine

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ir"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// Compile makes a Program of a plan. It returns an error where the plan has
// something in it that this package does not know.
func Compile(policy *ir.Policy, opts Options) (*Program, error) {
	c := &compiler{
		policy: policy, opts: opts, byName: make(map[string]int),
		program: &Program{
			byPath: make(map[string]int), strict: opts.Strict, capabilities: opts.Capabilities, prepare: opts.Prepare,
		},
	}
	for i, f := range policy.Funcs.Funcs {
		c.byName[f.Name] = i
		made := &function{name: f.Name}
		for _, p := range f.Params {
			made.params = append(made.params, int(p))
		}
		if opts.Helpers {
			made.native = nativeHelper(f.Name)
		}
		c.program.funcs = append(c.program.funcs, made)
		if f.Path != nil {
			c.program.byPath[key(f.Path)] = i
		}
	}
	for i, f := range policy.Funcs.Funcs {
		if err := c.function(i, f); err != nil {
			return nil, fmt.Errorf("function %s: %w", f.Name, err)
		}
	}
	for _, p := range policy.Plans.Plans {
		if err := c.plan(p); err != nil {
			return nil, fmt.Errorf("plan %s: %w", p.Name, err)
		}
	}
	c.evaluateConstants()
	return c.program, nil
}

// compiler makes the closures of one policy.
type compiler struct {
	policy  *ir.Policy
	opts    Options
	byName  map[string]int
	program *Program
	// The rest belongs to the function that is being compiled.
	facts  *facts
	locals int
	// early is the only value that the function's bodies can give, nil where
	// they differ; returns is the local of its result.
	early   *value.Value
	returns ir.Local
}

func (c *compiler) function(i int, f *ir.Func) error {
	made := c.program.funcs[i]
	c.begin(f.Blocks, f.Params)
	c.note(f.Return)
	c.early, c.returns = c.constantResult(f), f.Return
	for _, b := range f.Blocks {
		steps, err := c.block(b)
		if err != nil {
			return err
		}
		made.blocks = append(made.blocks, steps)
	}
	made.locals = c.locals
	return nil
}

func (c *compiler) plan(p *ir.Plan) error {
	c.begin(p.Blocks, nil)
	c.early = nil
	made := plan{name: p.Name}
	for _, b := range p.Blocks {
		steps, err := c.block(b)
		if err != nil {
			return err
		}
		made.blocks = append(made.blocks, steps)
	}
	made.locals = c.locals
	c.program.plans = append(c.program.plans, made)
	return nil
}

func (c *compiler) begin(blocks []*ir.Block, params []ir.Local) {
	c.facts = collectFacts(c.policy, blocks, params)
	// Input and data are locals of everything.
	c.locals = 2
	for _, p := range params {
		c.note(p)
	}
}

// note makes room for a local and returns its place.
func (c *compiler) note(l ir.Local) int {
	c.locals = max(c.locals, int(l)+1)
	return int(l)
}

func (c *compiler) block(b *ir.Block) ([]step, error) {
	var steps []step
	for _, s := range b.Stmts {
		made, err := c.statement(s)
		if err != nil {
			return nil, err
		}
		if made != nil {
			steps = append(steps, made)
		}
	}
	return steps, nil
}

func (c *compiler) blocks(list []*ir.Block) ([][]step, error) {
	var made [][]step
	for _, b := range list {
		steps, err := c.block(b)
		if err != nil {
			return nil, err
		}
		made = append(made, steps)
	}
	return made, nil
}

// statement compiles one statement; nil is one that does nothing.
func (c *compiler) statement(s ir.Stmt) (step, error) {
	switch s := s.(type) {
	case *ir.BlockStmt:
		return c.nested(s)
	case *ir.ScanStmt:
		return c.scan(s)
	case *ir.NotStmt:
		return c.not(s)
	case *ir.WithStmt:
		return c.with(s)
	case *ir.CallStmt:
		return c.call(s)
	case *ir.CallDynamicStmt:
		return c.callDynamic(s), nil
	case *ir.DotStmt:
		return c.dot(s), nil
	case *ir.EqualStmt:
		return c.equal(s.A, s.B), nil
	case *ir.NotEqualStmt:
		return c.notEqual(s.A, s.B), nil
	case *ir.NopStmt:
		return nil, nil
	}
	if made := c.control(s); made != nil {
		return made, nil
	}
	if made, known := c.make(s); known {
		return made, nil
	}
	if made := c.build(s); made != nil {
		return made, nil
	}
	if made := c.check(s); made != nil {
		return made, nil
	}
	return nil, fmt.Errorf("statement %T is not known", s)
}
