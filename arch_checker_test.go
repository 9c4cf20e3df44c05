package weir_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// sourceTree parses a tree given as pairs of path and text.
func sourceTree(t *testing.T, files map[string]string) *tree {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	parsed, err := loadTree(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// expect wants exactly the problems given, each as a part of its message.
func expect(t *testing.T, found []problem, want ...string) {
	t.Helper()
	for i, p := range found {
		if i >= len(want) {
			t.Errorf("unexpected: %s", p)
		} else if !strings.Contains(p.String(), want[i]) {
			t.Errorf("got %q, want it to contain %q", p, want[i])
		}
	}
	for i := len(found); i < len(want); i++ {
		t.Errorf("not found: %s", want[i])
	}
}

func TestCheckerImports(t *testing.T) {
	imports := func(pkg string, paths ...string) string {
		return fmt.Sprintf("package %s\nimport (\n\t_ \"%s\"\n)\n", pkg, strings.Join(paths, "\"\n\t_ \""))
	}
	ours := func(dir string) string { return modulePath + "/" + dir }
	cases := []struct{ name, path, imported, want string }{
		{"service to service", "services/enricher/a.go", ours("services/detector/engine"), "never import each other"},
		{"service test to service", "services/enricher/a_test.go", ours("services/detector"), "never import each other"},
		{"within a service", "services/detector/load/a.go", ours("services/detector/rego"), ""},
		{"service to stage", "services/detector/a.go", ours("internal/stage"), ""},
		{"service to embedded server", "services/detector/a.go", ours("internal/bus/embed"), "may import only"},
		{"service test to bustest", "services/detector/a_test.go", ours("internal/bus/bustest"), ""},
		{"schema to bus", "schemas/event/a.go", ours("internal/bus"), "may import only nothing"},
		{"schema to schema", "schemas/batch/a.go", ours("schemas/event"), ""},
		{"schema to logger", "schemas/event/a.go", "github.com/lmittmann/tint", "may import only google.golang.org"},
		{"schema test to logger", "schemas/event/a_test.go", "github.com/lmittmann/tint", ""},
		{"sdk to service", "signatures/sdk/a.go", ours("services/detector"), "may import only schemas"},
		{"sdk to module", "signatures/sdk/a.go", "golang.org/x/sys/unix", "may import only nothing"},
		{"bus to its server", "internal/bus/a.go", ours("internal/bus/embed"), "may import only schemas/interest, schemas/lookup"},
		{"bus test to its server", "internal/bus/a_test.go", ours("internal/bus/embed"), ""},
		{"stage to schemas", "internal/stage/a.go", ours("schemas/event"), "may import only internal/bus"},
		{"attack in the product", "cmd/weir/a.go", ours("internal/attack"), "may import only"},
		{"attack in the generator", "cmd/weir-generator/a.go", ours("internal/attack"), ""},
		{"policy engine in the collector", "cmd/weir-collector/a.go", ours("services/detector"), "may import only"},
		{"someone to a main", "internal/run/a.go", ours("cmd/weir"), "nothing imports a main"},
		{"a main's own part", "cmd/weir/a.go", ours("cmd/weir/table"), ""},
		{"a main to another's part", "cmd/weir-detector/a.go", ours("cmd/weir/table"), "nothing imports a main"},
		{"nats in a service", "services/notifier/a.go", "github.com/nats-io/nats.go/jetstream", "only internal/bus and internal/stage may"},
		{"nats in a service's test", "services/notifier/a_test.go", "github.com/nats-io/nats.go", "only internal/bus and"},
		{"nats in the test module", "test/e2e/a_test.go", "github.com/nats-io/nats.go", ""},
		{"opa in the collector", "services/collector/a.go", "github.com/open-policy-agent/opa/v1/ast", "only services/detector may"},
		{"ebpf in its owner", "services/collector/probe/a.go", "github.com/cilium/ebpf/link", ""},
		{"the standard library", "schemas/event/a.go", "net/netip", ""},
		{"no rule", "extra/a.go", "fmt", "a package without a rule"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			parsed := sourceTree(t, map[string]string{c.path: imports("a", c.imported)})
			found := checkImports(parsed, archRules(), archOwners())
			if c.want == "" {
				expect(t, found)
			} else {
				expect(t, found, c.want)
			}
		})
	}
}

func TestCheckerImportChain(t *testing.T) {
	link := func(to string) string { return "package a\nimport _ \"" + modulePath + "/" + to + "\"\n" }
	parsed := sourceTree(t, map[string]string{
		"a/a.go": link("b"), "b/b.go": link("c"), "c/c.go": "package c\n",
		"c/c_test.go": link("d"), "d/d.go": "package d\n", "e/e.go": link("c"),
	})
	if got := strings.Join(importChain(parsed), " "); got != "a b c" {
		t.Errorf("longest chain %q, want %q", got, "a b c")
	}
}

func TestCheckerStyle(t *testing.T) {
	const doc = "// Package a is documented.\npackage a\n"
	cases := []struct {
		name, path, text string
		check            func(*tree) []problem
		want             []string
	}{
		{"vague folder", "x/helpers/a.go", doc, checkNames, []string{`"helpers" tells nothing`}},
		{"vague file", "x/util_test.go", doc, checkNames, []string{`"util" tells nothing`}},
		{"init", "x/a.go", doc + "func init() {}\n", checkConstructs, []string{"a.go:3: func init"}},
		{"method init", "x/a.go", doc + "type t int\nfunc (t) init() {}\n", checkConstructs, nil},
		{"bare go", "x/a.go", doc + "func f() { go f() }\n", checkConstructs, []string{"a.go:3: a bare go"}},
		{"bare go in a test", "x/a_test.go", doc + "func f() { go f() }\n", checkConstructs, nil},
		{"bare go in generated code", "x/a.go", "// Code generated by x. DO NOT EDIT.\n" + doc + "func f() { go f() }\n", checkConstructs, nil},
		{"no package comment", "x/a.go", "package a\n", checkComments, []string{"x: no package comment"}},
		{"package comment begins otherwise", "x/a.go", "// A package.\npackage a\n", checkComments, []string{"no package comment"}},
		{"unfinished", "x/a.go", doc + "// TO" + "DO: more\n", checkComments, []string{"finish it"}},
		{"exported function", "x/a.go", doc + "func F() {}\n", checkComments, []string{"exported F has no comment"}},
		{"exported method", "x/a.go", doc + "type t int\nfunc (*t) F() {}\n// T is.\ntype T[K any] int\nfunc (*T[K]) G() {}\n", checkComments, []string{"exported G"}},
		{"exported type", "x/a.go", doc + "type T int\n", checkComments, []string{"exported T"}},
		{"constant group", "x/a.go", doc + "// Some.\nconst (\n\tA = 1\n)\nconst B = 2\n", checkComments, []string{"exported B"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			expect(t, c.check(sourceTree(t, map[string]string{c.path: c.text})), c.want...)
		})
	}
}

func TestCheckerVars(t *testing.T) {
	cases := []struct{ name, body, want string }{
		{"sentinel", `var ErrGone = errors.New("gone")`, ""},
		{"assertion", `var _ fmt.Stringer = t{}`, ""},
		{"embedded", "//go:embed x.txt\nvar text string", ""},
		{"table", `var names = map[int]string{1: "a"}`, ""},
		{"compiled", "var word = regexp.MustCompile(`a`)", ""},
		{"made by a function", "var rows = build()\nfunc build() []int { return nil }", ""},
		{"row handed out", "var rows = []int{1}\nfunc f() *int { return &rows[0] }", ""},
		{"local of the same name", "var n = 1\nfunc f() { n := 2; n++; _ = n }", ""},
		{"written", "var n = 1\nfunc f() { n = 2 }", "n is written"},
		{"counted", "var n = 1\nfunc f() { n++ }", "n is written"},
		{"entry written", "var m = map[int]int{}\nfunc f() { m[1] = 2 }", "m is written"},
		{"entry deleted", "var m = map[int]int{}\nfunc f() { delete(m, 1) }", "m is written"},
		{"field written", "type t struct{ a int }\nvar v = t{}\nfunc f() { v.a = 2 }", "v is written"},
		{"zero", "var n int", "has no value"},
		{"lock", "var mu = sync.Mutex{}", "mu may change"},
		{"pool", "var p = &sync.Pool{}", "p may change"},
		{"channel", "var c = make(chan int)", "c may change"},
		{"client", "var c = slog.Default()", "c may change"},
		{"cache", "type t struct{ a int }\nfunc (c *t) put() { c.a++ }\nvar c = &t{}", "c may change"},
		{"table with methods", "type t struct{ a int }\nfunc (c *t) get() int { return c.a }\nvar c = t{}", ""},
		{"exported table", "var Names = []string{}", "exported variable Names"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found := checkVars(sourceTree(t, map[string]string{"x/a.go": "package a\n" + c.body + "\n"}))
			if c.want == "" {
				expect(t, found)
			} else {
				expect(t, found, c.want)
			}
		})
	}
}

func TestCheckerBudgets(t *testing.T) {
	long := func(lines int) string { return "func f() {\n" + strings.Repeat("\tf()\n", lines-2) + "}\n" }
	rows := "func rows() []int {\n\treturn []int{\n" + strings.Repeat("\t\t1,\n", 120) + "\t}\n}\n"
	limits := archBudgets()
	limits.testRatio = 0
	cases := []struct {
		name, text string
		limits     budgets
		want       []string
	}{
		{"within", "package a\n" + long(60), limits, nil},
		{"long function", "package a\n" + long(61), limits, []string{"1 of 1 functions are longer than 60"}},
		{"too long function", "package a\n" + long(101), limits, []string{"median file", "f has 101 lines", "1 of 1"}},
		{"long table", "package a\n" + rows, budgets{medianFile: 200, p90File: 200, maxFile: 200, maxFunc: 100, longFunc: 60, longShare: 1}, nil},
		{"no tests", "package a\nvar a = 1\n", archBudgets(), []string{"0 lines of test code for 2"}},
		{"long file", "package a\n" + strings.Repeat("// a\n", 500), limits, []string{"501 lines", "median file", "a tenth"}},
		{"many exports", "package a\nconst A, B, C, D, E, F, G = 1, 2, 3, 4, 5, 6, 7\n", limits, []string{"exports 7 names"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, found := checkBudgets(sourceTree(t, map[string]string{"x/a.go": c.text}), c.limits)
			if len(found) != len(c.want) {
				t.Errorf("found %d problems, want %d: %v", len(found), len(c.want), found)
			}
			for _, want := range c.want {
				if !strings.Contains(joined(found), want) {
					t.Errorf("not found: %s in %v", want, found)
				}
			}
		})
	}
}

func TestCheckerCodeLines(t *testing.T) {
	const text = "package a\n\n// comment\nvar s = `one\ntwo`\n\nfunc f() { // trailing\n}\n"
	parsed := sourceTree(t, map[string]string{"x/a.go": text})
	if got := codeLines(parsed.files[0]); got != 5 {
		t.Errorf("%d lines of code, want 5", got)
	}
}
