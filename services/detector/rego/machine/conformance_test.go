package machine_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/test/cases"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/weirsec/weir/services/detector/rego/machine"
	"github.com/weirsec/weir/services/detector/rego/plan"
	"github.com/weirsec/weir/services/detector/rego/value"
)

// routed are the cases that plans cannot express, with the reason. Signatures
// with the same in them are evaluated by topdown.
func routed() map[string]string {
	const issue = "the planner has no whole numbers as keys of base documents (OPA issue 3711)"
	return map[string]string{"data/toplevel integer": issue, "data/nested integer": issue}
}

// sleep is the function that OPA's cases use besides those of OPA.
func sleep() *topdown.Builtin {
	decl := &ast.Builtin{Name: "test.sleep", Decl: types.NewFunction(types.Args(types.S), types.Null{})}
	return &topdown.Builtin{Decl: decl, Func: func(_ topdown.BuiltinContext, args []*ast.Term, iter func(*ast.Term) error) error {
		d, err := time.ParseDuration(string(args[0].Value.(ast.String)))
		if err != nil {
			return err
		}
		time.Sleep(d)
		return iter(ast.NullTerm())
	}}
}

// Every case of OPA's own suites has the result there that topdown has.
func TestOPASuites(t *testing.T) {
	dir := opaDir(t)
	for name, version := range map[string]ast.RegoVersion{"v0": ast.RegoV0, "v1": ast.RegoV1} {
		set, err := cases.Load(filepath.Join(dir, "v1/test/cases/testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if len(set.Cases) < 2000 {
			t.Fatalf("only %d cases of %s", len(set.Cases), name)
		}
		passed, skipped := 0, 0
		for _, c := range set.Sorted().Cases {
			t.Run(name+"/"+c.Note, func(t *testing.T) {
				if reason, ok := routed()[c.Note]; ok {
					t.Log("routed to topdown:", reason)
					skipped++
					return
				}
				runCase(t, c, version)
				if !t.Failed() {
					passed++
				}
			})
		}
		t.Logf("%s: %d cases passed, %d routed to topdown, of %d", name, passed, skipped, len(set.Cases))
	}
}

// opaDir is where the module of OPA lies, which carries its cases.
func opaDir(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/opa").Output()
	if err != nil {
		t.Fatalf("find OPA's module: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func runCase(t *testing.T, c cases.TestCase, version ast.RegoVersion) {
	t.Helper()
	for k, v := range c.Env {
		t.Setenv(k, v)
	}
	results, err := evaluate(t, c, version)
	switch {
	case c.WantErrorCode != nil:
		var e *topdown.Error
		if !errors.As(err, &e) || e.Code != *c.WantErrorCode {
			t.Fatalf("error %v, want code %s", err, *c.WantErrorCode)
		}
	case c.WantError != nil:
		if err == nil || !strings.Contains(err.Error(), *c.WantError) {
			t.Fatalf("error %v, want %s", err, *c.WantError)
		}
	case err != nil:
		t.Fatal(err)
	}
	if c.WantResult != nil {
		compare(t, c, results)
	}
}

func evaluate(t *testing.T, c cases.TestCase, version ast.RegoVersion) (*value.Set, error) {
	t.Helper()
	caps := ast.CapabilitiesForThisVersion(ast.CapabilitiesExperimentalKeywords(c.ExperimentalKeywords))
	extra := sleep()
	caps.Builtins = append(caps.Builtins, extra.Decl)
	opts := ast.ParserOptions{RegoVersion: version, Capabilities: caps}
	modules := map[string]*ast.Module{}
	for i, text := range c.Modules {
		name := fmt.Sprintf("test-%d.rego", i)
		m, err := ast.ParseModuleWithOpts(name, text, opts)
		if err != nil {
			t.Fatal(err)
		}
		modules[name] = m
	}
	compiler := ast.NewCompiler().WithCapabilities(caps).WithDefaultRegoVersion(version)
	if compiler.Compile(modules); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	query, err := ast.ParseBodyWithOpts(c.Query, opts)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := plan.Of(t.Context(), compiler, query, &rego.Function{Name: extra.Decl.Name, Decl: extra.Decl.Decl})
	if err != nil {
		t.Fatal(err)
	}
	program, err := machine.Compile(policy, machine.Options{
		Strict: c.StrictError, Builtins: map[string]*topdown.Builtin{extra.Decl.Name: extra},
		Capabilities: caps, Prepare: prepare,
	})
	if err != nil {
		t.Fatal(err)
	}
	number, ok := program.Plan("eval")
	if !ok {
		t.Fatal("no plan")
	}
	m := program.NewMachine(machine.Limits{Time: 20 * time.Second})
	return m.Run(t.Context(), number, inputOf(t, c), dataOf(t, c))
}

// prepare gives functions the clock and the randomness that some cases want.
func prepare(b *topdown.BuiltinContext) {
	b.Time = ast.NumberTerm(json.Number(strconv.FormatInt(time.Now().UnixNano(), 10)))
	b.Seed = bytes.NewReader(make([]byte, 1<<12))
}

func inputOf(t *testing.T, c cases.TestCase) value.Value {
	t.Helper()
	switch {
	case c.InputTerm != nil:
		term, err := ast.ParseTerm(*c.InputTerm)
		if err != nil {
			t.Fatal(err)
		}
		return value.FromAST(term.Value)
	case c.Input != nil:
		return value.FromAST(ast.MustInterfaceToValue(*c.Input))
	default:
		return value.Value{}
	}
}

func dataOf(t *testing.T, c cases.TestCase) value.Value {
	t.Helper()
	if c.Data == nil {
		return value.OfObject(value.NewObject())
	}
	return value.FromAST(ast.MustInterfaceToValue(*c.Data))
}

func compare(t *testing.T, c cases.TestCase, results *value.Set) {
	t.Helper()
	want := ast.NewSet()
	for _, b := range *c.WantResult {
		object := ast.NewObject()
		for k, v := range b {
			object.Insert(ast.StringTerm(k), ast.NewTerm(ast.MustInterfaceToValue(v)))
		}
		want.Add(ast.NewTerm(object))
	}
	got := ast.NewSet()
	for i := range results.Len() {
		object := ast.NewObject()
		for it := value.Iterate(results.At(i)); ; {
			k, v, ok := it.Next()
			if !ok {
				break
			}
			shown, err := v.Go()
			if err != nil {
				t.Fatal(err)
			}
			if list, ok := shown.([]any); ok && c.SortBindings {
				slices.SortFunc(list, util.Compare)
			}
			if name, _ := k.Text(); !c.IgnoreGeneratedVars || !strings.HasPrefix(name, "__localq") {
				object.Insert(ast.StringTerm(name), ast.NewTerm(ast.MustInterfaceToValue(shown)))
			}
		}
		got.Add(ast.NewTerm(object))
	}
	if want.Compare(got) != 0 {
		t.Fatalf("result\n%v, want\n%v", got, want)
	}
}
