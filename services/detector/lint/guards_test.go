package lint

import (
	"reflect"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

func module(t *testing.T, text string) *ast.Module {
	t.Helper()
	m, err := ast.ParseModuleWithOpts("a.rego", text, ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestScopes(t *testing.T) {
	const text = `package a

plain if input.processId == 1

one if {
	input.eventName == "openat"
	input.processId == 1
}

turned if "execve" == input.eventName

several := 1 if {
	input.eventName in {"b", "a"}
} else := 2 if {
	input.eventName = "c"
	input.processId == 1
}

not_it if not input.eventName == "openat"

unknown if input.eventName == input.processName

mixed if input.eventName in ["a", 1]

replaced if input.eventName == "openat" with input.eventName as "x"
`
	want := []scope{
		{5, 7, []string{"openat"}},
		{10, 10, []string{"execve"}},
		{12, 13, []string{"a", "b"}},
		{14, 16, []string{"c"}},
	}
	got := scopes(module(t, text))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for row, events := range map[int][]string{3: nil, 6: {"openat"}, 13: {"a", "b"}, 15: {"c"}, 20: nil} {
		if found := at(got, row); !reflect.DeepEqual(found, events) {
			t.Errorf("line %d is about %q, want %q", row, found, events)
		}
	}
}

// A call of get_tracee_argument is replaced by whatever name it is imported,
// the module itself stays as it is, and other calls too.
func TestWithArguments(t *testing.T) {
	const text = `package a

import data.tracee
import data.tracee.helpers
import data.tracee.helpers as h
import data.tracee.helpers.get_tracee_argument
import data.other.helpers as o

p if {
	helpers.get_tracee_argument("a") == 1
	h.get_tracee_argument("b") == 1
	get_tracee_argument("c") == 1
	tracee.helpers.get_tracee_argument("d") == 1
	data.tracee.helpers.get_tracee_argument("e")
	helpers.get_tracee_argument(input.processName) == 1
	o.get_tracee_argument("f") == 1
	helpers.is_file_write("g")
}
`
	m := module(t, text)
	before := m.String()
	changed := withArguments(m)
	if m.String() != before {
		t.Error("the module was changed")
	}
	var names []string
	ast.WalkRefs(changed, func(ref ast.Ref) bool {
		if len(ref) == 3 && ref[1].Equal(ast.StringTerm(argsKey)) {
			names = append(names, string(ref[2].Value.(ast.String)))
			if ref[2].Location == nil || ref[2].Location.Row < 10 {
				t.Errorf("%s has no place", ref)
			}
		}
		return false
	})
	if want := []string{"a", "b", "c", "d", "e"}; !reflect.DeepEqual(names, want) {
		t.Errorf("arguments %q, want %q", names, want)
	}
}

func TestTarget(t *testing.T) {
	lines := []string{"# one", "", "# two", "p if { # three", "\ttrue", "}"}
	for row, want := range map[int]int{1: 4, 3: 4, 4: 4, 5: 5} {
		if got := target(lines, row); got != want {
			t.Errorf("the comment in line %d is about line %d, want %d", row, got, want)
		}
	}
	if got := target([]string{"p := 1", "# last"}, 2); got != 2 {
		t.Errorf("a comment at the end is about line %d", got)
	}
}

func TestReference(t *testing.T) {
	for text, want := range map[string]string{
		`input.container.name`:             "input.container.name",
		`input.args[_].name`:               "input.args[_].name",
		`input["args by name"].flags`:      `the argument "flags"`,
		`input["args by name"].flags.more`: `the argument "flags"`,
	} {
		ref, err := ast.ParseRef(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := reference(ref); got != want {
			t.Errorf("%s is called %s, want %s", text, got, want)
		}
	}
}

func TestExpressionIsCut(t *testing.T) {
	long := &ast.Location{Text: []byte("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff and more\nlines")}
	if got := expression(long); got != "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff…" {
		t.Error(got)
	}
	if got := expression(&ast.Location{Text: []byte("a == b\nc")}); got != "a == b…" {
		t.Error(got)
	}
}
