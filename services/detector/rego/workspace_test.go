package rego

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/problem"
)

func names(units []*Unit) []string {
	list := []string{}
	for _, u := range units {
		list = append(list, u.Name)
	}
	return list
}

func TestOpen(t *testing.T) {
	const library = "package mine.lib\n\nimport rego.v1\n\nok if input.processId == 1\n"
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"a.rego":      good,
		"b/b.rego":    v1("import data.mine.lib\nimport data.nowhere\ntracee_match if lib.ok"),
		"lib.rego":    library,
		"a_test.rego": "package tracee.Good\n\ntest_it { tracee_match with input as {\"args\": []} }\n",
		"b/b_test.rego": "package mine.b_test\n\nimport rego.v1\n\nimport data.tracee.V1\n\n" +
			"test_it if V1.tracee_match with input as {\"processId\": 1}\n",
		"broken.rego":      "package x\n\ntracee_match {\n",
		"broken_test.rego": "package x\n\ntest_x { y }\n",
		".old/c_test.rego": "garbage",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	w := Open(fsys, "dir")
	if got, want := names(w.Signatures), []string{"dir/a.rego", "dir/b/b.rego"}; !slices.Equal(got, want) {
		t.Errorf("signatures %q", got)
	}
	if got, want := names(w.Tests), []string{"dir/a_test.rego", "dir/b/b_test.rego"}; !slices.Equal(got, want) {
		t.Errorf("tests %q", got)
	}
	var problems []string
	for _, p := range w.Problems {
		problems = append(problems, p.File)
	}
	if want := []string{"dir/broken.rego", "dir/broken_test.rego"}; !slices.Equal(problems, want) {
		t.Errorf("problems %v", w.Problems)
	}
	checkUnits(t, w)
}

func checkUnits(t *testing.T, w *Workspace) {
	t.Helper()
	a, b := w.Signatures[0], w.Signatures[1]
	if a.Dialect != ast.RegoV0 || b.Dialect != ast.RegoV1 || a.Module == nil || a.Compiler.Failed() || a.Text != good {
		t.Errorf("dialects %v and %v", a.Dialect, b.Dialect)
	}
	if !a.HasBuiltinLibrary() || a.Modules()["dir/a.rego"] != a.Module || b.Modules()["dir/lib.rego"] == nil {
		t.Errorf("modules of a %d, of b %d", len(a.Modules()), len(b.Modules()))
	}
	if d := b.Dangling(); len(d) != 1 || d[0].Path.String() != "data.nowhere" {
		t.Errorf("dangling %v", d)
	}
	if w.Tests[0].Modules()["dir/a.rego"] == nil || w.Tests[1].Modules()["dir/b/b.rego"] == nil {
		t.Error("a test does not have the signature that it tests")
	}
	p := a.Problem(problem.Warning, a.Module.Package.Location, "m")
	if p.File != "dir/a.rego" || p.Line != 1 || p.Source != "package tracee.Good" {
		t.Errorf("%+v", p)
	}
	for name, m := range a.Modules() {
		if IsBuiltin(m) != (name == builtinName) {
			t.Errorf("%s: built in %v", name, IsBuiltin(m))
		}
	}
	refused := ast.NewError(ast.TypeErr, nil, "undefined function http.send")
	if got := a.Message(refused); !strings.Contains(got, "no network") {
		t.Error(got)
	}
}

func TestDocumentHasAllKeys(t *testing.T) {
	e, err := event.ParseJSON([]byte(`{"eventName": "openat", "matchedPolicies": ["p"], "dns": {"names": ["x"], "status": "stale"}, "metadata": {"a": 1}}`))
	if err != nil {
		t.Fatal(err)
	}
	object, ok := Document(e).Value.(ast.Object)
	if !ok || object.Len() != len(Keys()) {
		t.Errorf("%d keys, want %d", object.Len(), len(Keys()))
	}
	for _, key := range Keys() {
		if object.Get(ast.StringTerm(key)) == nil {
			t.Errorf("no %s", key)
		}
	}
	if len(Capabilities().Builtins) == 0 {
		t.Error("signatures may use nothing")
	}
}

func TestWatch(t *testing.T) {
	fsys := fstest.MapFS{"a.rego": {Data: []byte(good + "tracee_match { input.processName == \"x\" }\nslow { count([x | x := numbers.range(1, 100000)[_]; x % 7 == 1; x % 11 == 2]) == 0 }\n")}}
	w := Open(fsys, "")
	if len(w.Signatures) != 1 {
		t.Fatal(w.Problems)
	}
	e, err := event.ParseJSON([]byte(`{"eventName": "openat", "args": [{"name": "pathname", "type": "string", "value": "/x"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	lines := func(everything bool) map[int]bool {
		tracer := topdown.NewBufferTracer()
		if err := w.Signatures[0].Watch(t.Context(), matchRule, Document(e), tracer, everything); err != nil {
			t.Fatal(err)
		}
		seen := map[int]bool{}
		for _, step := range *tracer {
			if step.Op == topdown.EvalOp && step.Location != nil && step.Location.File == "a.rego" {
				seen[step.Location.Row] = true
			}
		}
		return seen
	}
	// The index keeps the body about the process's name from being entered.
	if seen := lines(false); !seen[5] || seen[6] {
		t.Errorf("lines %v", seen)
	}
	if seen := lines(true); !seen[5] || !seen[6] {
		t.Errorf("lines %v", seen)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Signatures[0].Watch(stopped, "slow", Document(e), topdown.NewBufferTracer(), false); !topdown.IsCancel(err) {
		t.Errorf("a stopped evaluation returns %v", err)
	}
}
