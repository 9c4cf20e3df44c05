package rego

import (
	"context"
	"errors"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/rego/machine"
	"github.com/weirsec/weir/services/detector/rego/plan"
	"github.com/weirsec/weir/services/detector/rego/value"
)

// closures is a signature's match as a machine evaluates it.
type closures struct {
	program  *machine.Program
	function int
	// whole says that the match is no single function, so that the plan of the
	// query is run and function is the number of the plan.
	whole bool
}

// newClosures compiles the question for a rule of a package. It is an error
// where a plan cannot express it: then topdown evaluates it.
func newClosures(ctx context.Context, c *compiled, rule string, caps *ast.Capabilities) (*closures, error) {
	ref := c.module.Package.Path.Append(ast.StringTerm(rule))
	query := ast.NewBody(ast.Equality.Expr(ast.VarTerm(resultVar), ast.NewTerm(ref)))
	policy, err := plan.Of(ctx, c.compiler, query, factDeclarations()...)
	if err != nil {
		return nil, err
	}
	program, err := machine.Compile(policy, machine.Options{
		Helpers: c.builtinHelpers, Capabilities: caps, Builtins: factsByName(),
	})
	if err != nil {
		return nil, err
	}
	var path []string
	for _, part := range ref[1:] {
		text, ok := part.Value.(ast.String)
		if !ok {
			return nil, fmt.Errorf("package path %s", ref)
		}
		path = append(path, string(text))
	}
	if function, ok := program.Function(path...); ok {
		return &closures{program: program, function: function}, nil
	}
	number, ok := program.Plan("eval")
	if !ok {
		return nil, errors.New("the plan has another name")
	}
	return &closures{program: program, function: number, whole: true}, nil
}

// run is one goroutine's use of closures.
type run struct {
	closures *closures
	machine  *machine.Machine
}

func (c *closures) run(limits machine.Limits) *run {
	return &run{closures: c, machine: c.program.NewMachine(limits)}
}

// eval returns the value of the match for an event, undefined where it has none.
func (r *run) eval(ctx context.Context, e *value.Event) (value.Value, error) {
	var v value.Value
	var err error
	if r.closures.whole {
		v, err = r.plan(ctx, e)
	} else {
		v, err = r.machine.Call(ctx, r.closures.function, e.Root(), value.Value{})
	}
	if errors.Is(err, machine.ErrBudget) {
		return v, &overBudget{err}
	}
	return v, err
}

// plan runs the query as a whole, whose results are objects with the match in
// them.
func (r *run) plan(ctx context.Context, e *value.Event) (value.Value, error) {
	found, err := r.machine.Run(ctx, r.closures.function, e.Root(), value.Value{})
	if err != nil || found.Len() == 0 {
		return value.Value{}, err
	}
	return found.At(found.Len() - 1).Member(resultVar), nil
}
