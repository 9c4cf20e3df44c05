package plan_test

import (
	"sync"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/weirsec/weir/services/detector/rego/plan"
)

// checked is a compiler with one module in package p.
func checked(t *testing.T, text string) *ast.Compiler {
	t.Helper()
	caps := ast.CapabilitiesForThisVersion()
	caps.Builtins = append(caps.Builtins, &ast.Builtin{Name: "own", Decl: types.NewFunction(types.Args(types.A), types.A)})
	c := ast.NewCompiler().WithCapabilities(caps)
	m, err := ast.ParseModuleWithOpts("p.rego", "package p\n"+text, ast.ParserOptions{RegoVersion: ast.RegoV1, Capabilities: caps})
	if err != nil {
		t.Fatal(err)
	}
	if c.Compile(map[string]*ast.Module{"p.rego": m}); c.Failed() {
		t.Fatal(c.Errors)
	}
	return c
}

// A plan is called eval and has the functions that the query needs, no others.
func TestOf(t *testing.T) {
	c := checked(t, "r if f(input.x)\nf(x) if own(x)\nother := 1\n")
	policy, err := plan.Of(t.Context(), c, ast.MustParseBody("x = data.p.r"),
		&rego.Function{Name: "own", Decl: types.NewFunction(types.Args(types.A), types.A)})
	if err != nil {
		t.Fatal(err)
	}
	if plans := policy.Plans.Plans; len(plans) != 1 || plans[0].Name != "eval" {
		t.Errorf("%d plans", len(plans))
	}
	if n := len(policy.Funcs.Funcs); n != 2 {
		t.Errorf("%d functions, want r and f", n)
	}
}

// Plans of several compilers are made at once, each for who asked.
func TestPlansAtOnce(t *testing.T) {
	var all sync.WaitGroup
	for _, name := range []string{"r", "q", "r", "q", "r", "q"} {
		c := checked(t, "r := 1\nq := 2\n")
		all.Go(func() {
			policy, err := plan.Of(t.Context(), c, ast.MustParseBody("x = data.p."+name))
			if err != nil || len(policy.Funcs.Funcs) != 1 || policy.Funcs.Funcs[0].Path[2] != name {
				t.Errorf("plan of %s: %v", name, err)
			}
		})
	}
	all.Wait()
}

// What cannot be planned is an error.
func TestNoPlan(t *testing.T) {
	c := checked(t, "r := 1\n")
	if _, err := plan.Of(t.Context(), c, ast.MustParseBody("x = nobody(1)")); err == nil {
		t.Error("a function that nobody has was planned")
	}
}
