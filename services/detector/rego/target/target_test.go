package target_test

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/weirsec/weir/services/detector/rego/target"
)

const module = `package p

r := x + 1 if x := input.n

test_passes if r == 3 with input as {"n": 2}

test_fails if r == 4 with input as {"n": 2}

test_conflict if conflicting

conflicting := 1 if true

conflicting := 2 if input == {}

test_conflicting_input if conflicting with input as {}
`

// OPA's test runner gives the same verdicts on closures and on topdown.
func TestOPAsTestRunner(t *testing.T) {
	// One after the other: OPA's planner sorts the rules of the modules in place.
	for _, name := range []string{"rego", target.Name()} {
		m, err := ast.ParseModuleWithOpts("p_test.rego", module, ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}
		results, err := tester.NewRunner().SetParallel(1).SetModules(map[string]*ast.Module{"p_test.rego": m}).Target(name).RunTests(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for r := range results {
			switch {
			case r.Error != nil:
				got[r.Name] = "error"
			case r.Fail:
				got[r.Name] = "fail"
			default:
				got[r.Name] = "pass"
			}
		}
		for test, want := range map[string]string{
			"test_passes": "pass", "test_fails": "fail", "test_conflict": "pass", "test_conflicting_input": "error",
		} {
			if got[test] != want {
				t.Errorf("%s: %s %ss, want %s", name, test, got[test], want)
			}
		}
	}
}

func TestQuery(t *testing.T) {
	results, err := rego.New(rego.Query(`x := input.a[_]; y := x * 2`), rego.Input(map[string]any{"a": []int{1, 2}}),
		rego.Target(target.Name())).Eval(t.Context())
	if err != nil || len(results) != 2 {
		t.Fatalf("%v, error %v", results, err)
	}
}
