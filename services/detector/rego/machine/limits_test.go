package machine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/services/detector/rego/machine"
	"github.com/weirsec/weir/services/detector/rego/plan"
	"github.com/weirsec/weir/services/detector/rego/value"
)

// compiled makes a program of a module in package p.
func compiled(t testing.TB, text string) (*machine.Program, int) {
	t.Helper()
	m, err := ast.ParseModuleWithOpts("p.rego", "package p\n"+text, ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		t.Fatal(err)
	}
	c := ast.NewCompiler()
	if c.Compile(map[string]*ast.Module{"p.rego": m}); c.Failed() {
		t.Fatal(c.Errors)
	}
	policy, err := plan.Of(t.Context(), c, ast.MustParseBody("x = data.p.r"))
	if err != nil {
		t.Fatal(err)
	}
	program, err := machine.Compile(policy, machine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	function, ok := program.Function("p", "r")
	if !ok {
		t.Fatal("no function for p.r")
	}
	return program, function
}

// An evaluation that takes too much is ended, soon and with a reason, and the
// machine is good for the next one.
func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name, text, says string
		limits           machine.Limits
	}{
		{
			"steps", `r if { some a in input; some b in input; some c in input; some d in input; a + b + c + d == -1 }`,
			"steps",
			machine.Limits{Steps: 100_000},
		},
		{
			"time", `r if { some a in input; some b in input; some c in input; some d in input; a + b + c + d == -1 }`,
			"longer than",
			machine.Limits{Time: 50 * time.Millisecond, Steps: 1 << 60},
		},
		{"elements", `r := [1 | some a in input; some b in input; some c in input]`, "bytes", machine.Limits{Bytes: 1 << 20}},
		{"members", `r := {[a, b, c] | some a in input; some b in input; some c in input}`, "bytes", machine.Limits{Bytes: 1 << 20}},
		{"keys", `r := {[a, b, c]: 1 | some a in input; some b in input; some c in input}`, "bytes", machine.Limits{Bytes: 1 << 20}},
		{
			"text", `r := count([x | some a in input; some b in input; x := sprintf("%01000d", [a + b])])`,
			"bytes",
			machine.Limits{Bytes: 1 << 20},
		},
		{
			"a range", `r := count(numbers.range(count(input), 1000000000))`, "budget",
			machine.Limits{Time: 100 * time.Millisecond},
		},
		{"a range of everything", `r := count(numbers.range(count(input), 9223372036854775807))`, "steps", machine.Limits{}},
		{"a text doubled", `d0 := concat("", [a | some a in input.x])
d1 := concat("", [d0, d0, d0, d0, d0, d0, d0, d0, d0, d0])
d2 := concat("", [d1, d1, d1, d1, d1, d1, d1, d1, d1, d1])
d3 := concat("", [d2, d2, d2, d2, d2, d2, d2, d2, d2, d2])
d4 := concat("", [d3, d3, d3, d3, d3, d3, d3, d3, d3, d3])
d5 := concat("", [d4, d4, d4, d4, d4, d4, d4, d4, d4, d4])
r := concat("", [d5, d5, d5, d5, d5, d5, d5, d5, d5, d5])`, "bytes", machine.Limits{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			program, function := compiled(t, c.text)
			m := program.NewMachine(c.limits)
			input := numbers(300)
			if strings.Contains(c.text, "input.x") {
				o := value.NewObject()
				texts := value.NewArray(1)
				texts.Append(value.String(strings.Repeat("x", 100)))
				o.Insert(value.String("x"), value.OfArray(texts))
				input = value.OfObject(o)
			}
			began := time.Now()
			_, err := m.Call(t.Context(), function, input, value.Value{})
			if !errors.Is(err, machine.ErrBudget) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("error %v", err)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("ended after %s", took)
			}
			if _, err := m.Call(t.Context(), function, value.OfArray(value.NewArray(0)), value.Value{}); err != nil &&
				!errors.Is(err, machine.ErrBudget) {
				t.Errorf("the next evaluation: %v", err)
			}
		})
	}
}

func numbers(n int) value.Value {
	a := value.NewArray(n)
	for i := range n {
		a.Append(value.Int(int64(i)))
	}
	return value.OfArray(a)
}

// Rules without an input are worked out once, when the program is made.
func TestConstants(t *testing.T) {
	for text, want := range map[string]bool{
		`r := {"a", "b"}`:                          true,
		`r if q; q if count({1, 2}) == 2`:          true,
		`r := input.x`:                             false,
		`r if q; q if input.x`:                     false,
		`r := [1 | input]`:                         false,
		`r := concat(",", ["a", lower("B")])`:      true,
		`r := x if { x := input with input as 1 }`: false,
	} {
		program, function := compiled(t, strings.ReplaceAll(text, "; q", "\nq"))
		if _, got := program.Constant(function); got != want {
			t.Errorf("%s: constant %v", text, got)
		}
	}
}

func BenchmarkCall(b *testing.B) {
	program, function := compiled(b, `r if { some x in input; x == 7; y := x + 1; y > 3 }`)
	m, input := program.NewMachine(machine.Limits{}), numbers(10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Call(b.Context(), function, input, value.Value{}); err != nil {
			b.Fatal(err)
		}
	}
}
