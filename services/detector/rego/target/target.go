package target

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/weirsec/weir/services/detector/rego/machine"
	"github.com/weirsec/weir/services/detector/rego/value"
)

// name is what the target is called in OPA's table.
const name = "weir.compiled"

// register puts the target into OPA's table, which takes a name only once.
var register = sync.OnceFunc(func() { rego.RegisterPlugin(name, compiled{}) })

// Name makes the target known to OPA and returns what it is called there.
func Name() string {
	register()
	return name
}

// compiled makes closures of plans.
type compiled struct{}

// IsTarget reports whether t is the target's name.
func (compiled) IsTarget(t string) bool { return t == name }

// PrepareForEval compiles a plan.
func (compiled) PrepareForEval(
	_ context.Context, policy *ir.Policy, opts ...rego.PrepareOption,
) (rego.TargetPluginEval, error) {
	var cfg rego.PrepareConfig
	for _, opt := range opts {
		opt(&cfg)
	}
	program, err := machine.Compile(policy, machine.Options{Builtins: cfg.BuiltinFuncs()})
	if err != nil {
		return nil, fmt.Errorf("compile the plan: %w", err)
	}
	plan, ok := program.Plan("eval")
	if !ok {
		return nil, errors.New("the plan has another name")
	}
	return &evaluation{program: program, plan: plan}, nil
}

// evaluation is a prepared query.
type evaluation struct {
	program *machine.Program
	plan    int
}

// Eval returns the set of results of the query. There are no base documents.
func (e *evaluation) Eval(ctx context.Context, at *rego.EvalContext, _ ast.Value) (ast.Value, error) {
	input := value.Value{}
	if parsed := at.ParsedInput(); parsed != nil {
		input = value.FromAST(parsed)
	}
	results, err := e.program.NewMachine(machine.Limits{}).Run(ctx, e.plan, input, value.OfObject(value.NewObject()))
	if err != nil {
		return nil, inOPAsWords(err)
	}
	return value.OfSet(results).AST(), nil
}

// inOPAsWords is an error as OPA's tools expect it.
func inOPAsWords(err error) error {
	if errors.Is(err, machine.ErrBudget) {
		return &topdown.Error{Code: topdown.CancelErr, Message: err.Error()}
	}
	return err
}
