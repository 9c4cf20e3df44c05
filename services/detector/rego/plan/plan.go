package plan

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/rego"
)

// target is the name in OPA's table.
const target = "weir.plan"

// register puts the target into OPA's table, which takes a name only once.
var register = sync.OnceFunc(func() { rego.RegisterPlugin(target, capture{}) })

// Of returns the plan of a query over the modules of a compiler. The plan is
// called "eval". Functions besides OPA's own must be given. The compiler must not
// be used by anybody else meanwhile.
func Of(ctx context.Context, c *ast.Compiler, query ast.Body, more ...*rego.Function) (*ir.Policy, error) {
	register()
	var planned *ir.Policy
	ctx = context.WithValue(ctx, place{}, &planned)
	opts := []func(*rego.Rego){rego.Compiler(c), rego.ParsedQuery(query), rego.Target(target)}
	for _, f := range more {
		opts = append(opts, rego.FunctionDyn(f, never))
	}
	if _, err := rego.New(opts...).PrepareForEval(ctx); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if planned == nil {
		return nil, errors.New("plan: OPA gave none")
	}
	return planned, nil
}

// never stands for a function where only its type matters.
func never(rego.BuiltinContext, []*ast.Term) (*ast.Term, error) {
	return nil, errors.New("a plan is not evaluated here")
}

// place is where in a context the plan is put.
type place struct{}

// capture is a target that keeps the plan and evaluates nothing.
type capture struct{}

// IsTarget reports whether t is the target's name.
func (capture) IsTarget(t string) bool { return t == target }

// PrepareForEval hands the plan over to Of.
func (c capture) PrepareForEval(
	ctx context.Context, p *ir.Policy, _ ...rego.PrepareOption,
) (rego.TargetPluginEval, error) {
	if into, ok := ctx.Value(place{}).(**ir.Policy); ok {
		*into = p
	}
	return c, nil
}

// Eval is never called: Of does not evaluate.
func (capture) Eval(context.Context, *rego.EvalContext, ast.Value) (ast.Value, error) {
	return nil, errors.New("a plan is not evaluated here")
}
