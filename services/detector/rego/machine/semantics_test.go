package machine_test

import (
	"errors"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/weirsec/weir/services/detector/rego/machine"
	"github.com/weirsec/weir/services/detector/rego/value"
)

// inputs are what the small programs are given, one after the other and by the
// same machine, so that nothing may be left over of the one before.
func inputs() []string {
	return []string{
		`{"n": 1, "s": "a", "list": [1, 2.0, "a", [1], {"k": 1}, null, false], "o": {"a": 1, "b": [2, 3]}, "user": "root"}`,
		`{"n": 2, "s": "", "list": [], "o": {}, "user": "root"}`,
		`{"n": 1.0, "s": "ÄÖ", "list": [3, 1, 2, 1], "o": {"a": {"b": {"c": 1}}}, "user": "x"}`,
		`{"n": -0.0, "list": {"a": [1], "b": "a"}, "o": [[1, 2], [3]], "user": false}`,
		`{"n": 9007199254740993, "s": "1", "list": [9007199254740993, 9007199254740992.0, 1e2, 100], "user": null}`,
		`{}`,
	}
}

// programs are small ones for what evaluators get wrong.
func programs() map[string]string {
	return map[string]string{
		"a rule worked out once, but not with another input": "r := [q, [x | x := q with input.n as 7], q]\nq := input.n",
		"with in with":                       "r := [x | x := p with input.user as \"u\"]\np := [input.user, [y | y := q with input.s as \"t\"], q]\nq := [input.user, input.s]",
		"with in a loop":                     "r := [x | some i in [1, 2, 3]; x := q with input.n as i]\nq := input.n * 10",
		"with what is undefined":             "r if { not q with input.n as 1; q with input.n as 2 }\nq if input.n == 2",
		"with a part that is no object":      "r := x if { x := input.s.deep with input.s.deep as 3 }",
		"with a function in place of one":    "r := [f(2) | true] if { true }\nf(x) := x + 1",
		"with a function, called by another": "r := x if { x := g(2) with f as h }\nf(x) := x + 1\ng(x) := f(x)\nh(x) := x * 100",
		"with a value for a function":        "r := x if { x := g(2) with f as 5 }\nf(x) := x + 1\ng(x) := f(x)",
		"with a value for a rule":            "r := [x, q] if { x := p with data.p.q as 9 }\nq := input.n\np := [q]",
		"with a built-in function":           "r := x if { x := p with count as 4 }\np := count([1])",
		"numbers that are equal":             "r := [x | some x in input.list; x == input.n]",
		"a set of equal numbers":             "r := {1, 1.0, 1e0, input.n}",
		"numbers as keys":                    "r := {input.n: 1, 2: 2, \"1\": 3}",
		"an element by 1.0":                  "r := [input.list[1.0], [7, 8][input.n]]",
		"order of a set":                     "r := [x | some x in {3, \"a\", null, [1], {1}, {\"a\": 1}, true, 2.5, -1}]",
		"order of keys":                      "r := [k | some k, _ in {3: 1, \"a\": 1, null: 1, [1]: 1, {1}: 1, true: 1}]",
		"set operations":                     "r := [{1, 2, 3} & {input.n, 3}, {1, 2} | {input.n}, {1, 2, 3} - {input.n}, {1, 2} - set()]",
		"an object put together":             "r[k] := v if some k, v in input.o",
		"an object with a conflict":          "r := {k: v | some k in [1, 1]; some v in input.list}",
		"a set put together":                 "r contains x if some x in input.list\nr contains input.n",
		"every over nothing":                 "r := [x | x := true; every y in input.list { y != 3 }]",
		"every in every":                     "r if every k, v in input.o { is_string(k); every x in v { x > 1 } }",
		"not with two loops":                 "r := [x | some x in input.list; not found(x)]\nfound(x) if { some y in input.list; y != x }",
		"not in a loop":                      "r := [x | some x in [1, 2, 1, 2]; not x == input.n]",
		"not of what is false":               "r if not input.user",
		"else by order":                      "r := 1 if input.n == 1\nelse := 2 if input.n == 2\nelse := input.list",
		"else of a function":                 "r := [f(x) | some x in [0, 1, 2, \"a\"]]\nf(x) := \"zero\" if x == 0\nelse := \"one\" if x == 1\nelse := x",
		"a default":                          "default r := \"none\"\nr := input.s if input.n == 1",
		"a default of a function":            "r := [f(x) | some x in [1, 2]]\ndefault f(_) := 0\nf(x) := 5 if x == input.n",
		"two bodies that agree":              "r := input.n if input.n > 0\nr := 1 if input.user == \"root\"",
		"a function with patterns":           "r := [x | some v in [[1, 2], [2, 1], {\"a\": 3}, 4]; x := f(v)]\nf([1, x]) := x\nf([2, x]) := x * 10\nf({\"a\": x}) := x",
		"destructuring":                      "r := [a, b, c] if { [a, [b, {\"k\": c}]] := [1, [input.n, {\"k\": input.s}]] }",
		"unification both ways":              "r := [x, y] if { [x, 2, input.n] = [1, y, 1] }",
		"walk":                               "r := [p | walk(input, [p, 1])]",
		"walk to values":                     "r := {v | walk(input.o, [_, v]); not is_object(v)}",
		"walk from a path":                   "r := [v | walk(input, [[\"o\", \"a\"], v])]",
		"a path by value":                    "r := data.p.sub[input.user]\nsub.root := 1\nsub.x := input.s",
		"all that a package has":             "r := count(data.q)\n",
		"a rule by a longer path":            "a.b.c := input.n\na.b.d := 2\nr := a.b",
		"a rule by keys of the input":        "a[input.user][k] := v if some k, v in input.o\nr := a",
		"text":                               "r := sprintf(\"%v %d %s %5.1f %v\", [input.n, 3, input.s, 2.25, input.list])",
		"JSON there and back":                "r := json.unmarshal(json.marshal([input, {1, \"a\"}, {\"k\": 1.50}]))",
		"ranges":                             "r := [numbers.range(3, 1), numbers.range(-1, count(input.list))]",
		"arithmetic":                         "r := [input.n / 4, input.n % 2, input.n * 9007199254740993, input.n - 0.5, round(2.5), ceil(input.n)]",
		"times":                              "r := [time.date(1700000000000000000), time.parse_rfc3339_ns(\"2024-02-29T12:00:00Z\"), time.weekday(input.n)]",
		"comprehensions in comprehensions":   "r := {x: [y | some y in ys; y > x] | some x in [1, 2]; ys := [z | some z in input.list; is_number(z)]}",
		"an undefined element":               "r := [1, input.nothing]",
		"a false element":                    "r := [false, input.user == \"root\", input.user]",
		"an early end":                       "r if { some x in input.list; x == 1 }\nr if { some x in input.o; x == 1 }",
		"an early end over conflicting ones": "r if f(1)\nf(_) := true if input.n == 1\nf(_) := false if input.s == \"a\"",
		"constants":                          "r := [q, p, input.n]\nq := {x | some x in numbers.range(1, 20)}\np := {k: v | some k, v in [\"a\", \"b\"]}",
	}
}

// byTopdown evaluates the same by OPA's own evaluator.
func byTopdown(t *testing.T, text string, input ast.Value) (value.Value, error) {
	t.Helper()
	results, err := rego.New(rego.Query("x = data.p.r"), rego.Module("p.rego", "package p\n"+text), rego.ParsedInput(input),
		rego.GenerateJSON(func(term *ast.Term, _ *rego.EvalContext) (any, error) { return value.FromAST(term.Value), nil }),
	).Eval(t.Context())
	if err != nil || len(results) == 0 {
		return value.Value{}, err
	}
	return results[0].Bindings["x"].(value.Value), nil
}

func TestSmallProgramsAsTopdown(t *testing.T) {
	defined := 0
	for name, text := range programs() {
		t.Run(name, func(t *testing.T) {
			program, function := compiled(t, text)
			m := program.NewMachine(machine.Limits{})
			for _, in := range inputs() {
				input := ast.MustParseTerm(in).Value
				got, err := m.Call(t.Context(), function, value.FromAST(input), value.Value{})
				want, fails := byTopdown(t, text, input)
				if (err != nil) != (fails != nil) {
					t.Errorf("on %s: error %v, want %v", in, err, fails)
					continue
				}
				if err == nil && (got.Defined() != want.Defined() || got.Defined() && got.AST().String() != want.AST().String()) {
					t.Errorf("on %s: %v, want %v", in, got.AST(), want.AST())
				}
				if want.Defined() {
					defined++
				}
			}
		})
	}
	if defined < 150 {
		t.Errorf("only %d results were defined", defined)
	}
}

// Two values of one rule are an error that says where the second one stands.
func TestConflictsHaveAPlace(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		row  int
	}{
		"a rule":     {"r := x if { x := input.n }\nr := y if {\n\ty := input.s\n}\n", 3},
		"a function": {"r := f(1)\nf(x) := input.n\n\nf(x) := input.s\n", 5},
		"an object":  {"r := {1: x | some x in input.list}\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			program, function := compiled(t, c.text)
			m := program.NewMachine(machine.Limits{})
			_, err := m.Call(t.Context(), function, value.FromAST(ast.MustParseTerm(inputs()[0]).Value), value.Value{})
			failure, ok := errors.AsType[*topdown.Error](err)
			if !ok || failure.Code != topdown.ConflictErr || failure.Location == nil || failure.Location.Row != c.row {
				t.Errorf("error %v", err)
			}
			if _, err := m.Call(t.Context(), function, value.FromAST(ast.MustParseTerm(`{}`).Value), value.Value{}); err != nil {
				t.Errorf("the next evaluation: %v", err)
			}
		})
	}
}
