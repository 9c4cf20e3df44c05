package condition_test

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/prefilter"
	"github.com/weirsec/weir/services/detector/rego/condition"
)

const library = `package lib

get(name) := value if {
	some arg in input.args
	arg.name == name
	value := arg.value
}

default writes(_) := false

writes(flags) if contains(lower(flags), "o_wronly")

writes(flags) if contains(lower(flags), "o_rdwr")
`

// of returns the condition of a match for openat.
func of(t *testing.T, body string) prefilter.Condition {
	t.Helper()
	modules := map[string]*ast.Module{}
	for name, text := range map[string]string{"lib": library, "sig": "package sig\nimport data.lib\n" + body + "\n"} {
		m, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}
		modules[name] = m
	}
	c := ast.NewCompiler()
	if c.Compile(modules); c.Failed() {
		t.Fatal(c.Errors)
	}
	return condition.Of(c, ast.MustParseRef("data.sig.tracee_match"), "openat")
}

// What is left out by each match, and what is not.
func TestConditions(t *testing.T) {
	const path = `lib.get("pathname")`
	for _, c := range []struct {
		name, body string
		// in and out are paths that must and must not be let through.
		in, out []string
	}{
		{"a call in a call", `tracee_match if startswith(` + path + `, "/etc")`, []string{"/etc/x"}, []string{"/x"}},
		{"a variable", `tracee_match if { p := ` + path + `; endswith(p, "wd") }`, []string{"passwd"}, []string{"x"}},
		{"a loop", `tracee_match if { some a in input.args; a.name == "pathname"; a.value == "/x" }`, []string{"/x"}, []string{"/y"}},
		{
			"the name after the value", `tracee_match if { input.args[i].value == "/x"; input.args[i].name == "pathname" }`,
			[]string{"/x"},
			[]string{"/y"},
		},
		{
			"either body", "tracee_match if " + path + ` == "/x"` + "\ntracee_match := {} if " + path + ` == "/y"`,
			[]string{"/x", "/y"},
			[]string{"/z"},
		},
		{"else", "tracee_match if " + path + ` == "/x"` + "\nelse := {} if " + path + ` == "/y"`, []string{"/x", "/y"}, []string{"/z"}},
		{
			"a body that is no match", "tracee_match if " + path + ` == "/x"` + "\nelse := false if " + path + ` == "/y"`,
			[]string{"/x"},
			[]string{"/y", "/z"},
		},
		{"another event", `tracee_match if { input.eventName == "execve"; true }`, nil, []string{"/x"}},
		{"this event", `tracee_match if { input.eventName == "openat"; ` + path + ` == "/x" }`, []string{"/x"}, []string{"/y"}},
		{"a set", `tracee_match if ` + path + ` in {"/a", "/b"}`, []string{"/a", "/b"}, []string{"/c"}},
		{
			"a set of rules", "paths contains \"/a\"\npaths contains \"/b\"\ntracee_match if " + path + " in paths",
			[]string{"/a", "/b"},
			[]string{"/c"},
		},
		{"one of a list", `tracee_match if { some s in ["a", "b"]; endswith(` + path + `, s) }`, []string{"xa", "xb"}, []string{"xc"}},
		{"lower case", `tracee_match if lower(` + path + `) == "/etc"`, []string{"/ETC", "/etc"}, []string{"/x"}},
		{"an anchored pattern", "tracee_match if regex.match(`^/etc/[a-z]+$`, " + path + ")", []string{"/etc/a"}, []string{"/x/etc/"}},
		{"a pattern", "tracee_match if regex.match(`pass(wd|x)+`, " + path + ")", []string{"xpasswd"}, []string{"wd"}},
		{"alternatives", "tracee_match if regex.match(`aaa|bbb`, " + path + ")", []string{"xaaa", "bbb"}, []string{"ab"}},
		{
			"a function that says what", `f("/a") := 1` + "\n" + `f("/b") := 2` + "\ntracee_match if f(" + path + ") == 2",
			[]string{"/b"},
			[]string{"/a", "/c"},
		},
		{"helpers", `tracee_match if { lib.writes(lib.get("flags")); ` + path + ` == "/x" }`, []string{"/x"}, []string{"/y"}},
		{"prefixes", `tracee_match if strings.any_prefix_match(` + path + `, ["/a", "/b"])`, []string{"/a1", "/b1"}, []string{"/c"}},

		{"a negation", `tracee_match if not ` + path + ` == "/x"`, []string{"/x", "/y"}, nil},
		{"with", `tracee_match if x with input.userId as 1` + "\nx if " + path + ` == "/x"`, []string{"/x", "/y"}, nil},
		{"a comparison with a number", `tracee_match if ` + path + ` == 1`, []string{"/x"}, nil},
		{"something unknown", `tracee_match if startswith(sprintf("%v", [` + path + `]), "/x")`, []string{"/x", "/y"}, nil},
		{"a default", `default tracee_match := {}` + "\ntracee_match if " + path + ` == "/x"`, []string{"/x", "/y"}, nil},
		{"an object key by key", `tracee_match[k] := 1 if { k := ` + path + `; k == "/x" }`, []string{"/x", "/y"}, nil},
		{"a set is no match", `tracee_match contains ` + path, nil, []string{"/x"}},
		{"no match", `other := 1`, nil, []string{"/x"}},
		{"a string is no match", `tracee_match := "x"`, nil, []string{"/x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := prefilter.NewIndex([]prefilter.Condition{of(t, c.body)})
			for _, p := range c.in {
				if !through(x, p) {
					t.Errorf("%s is left out", p)
				}
			}
			for _, p := range c.out {
				if through(x, p) {
					t.Errorf("%s is let through", p)
				}
			}
		})
	}
}

func through(x *prefilter.Index, path string) bool {
	found := x.NewBits()
	x.Candidates(&event.Event{
		Shape: &event.Shape{Name: "openat", Args: []event.ArgSpec{
			{Name: "pathname", Type: "const char*"}, {Name: "flags", Type: "const char*"},
		}},
		Values:  []event.Value{event.String(path), event.String("O_RDWR")},
		Context: &event.Context{},
	}, found)
	return found.Has(0)
}
