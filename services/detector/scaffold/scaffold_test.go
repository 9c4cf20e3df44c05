package scaffold

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/lint"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/services/detector/sigfmt"
	"github.com/weirsec/weir/services/detector/sigtest"
)

// Whatever the event is, a new signature in Rego passes its tests, all of its
// lines are reached, the linter has nothing to say and the formatter neither.
func TestRego(t *testing.T) {
	for _, name := range append(catalogue.Names(), "") {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			files, err := Request{Name: "my_signature", Dir: dir, Lang: Rego, Event: name}.Write()
			if err != nil {
				t.Fatal(err)
			}
			if len(files) != 2 || filepath.Base(files[0]) != "signature.rego" || filepath.Base(files[1]) != "tests.yaml" {
				t.Errorf("files %q", files)
			}
			passes(t, dir)
			if changed, err := sigfmt.File(files[0], false, true); changed || err != nil {
				t.Errorf("the file is not formatted: %v", err)
			}
		})
	}
}

// passes wants everything to be right with the signatures of a directory.
func passes(t *testing.T, dir string) {
	t.Helper()
	fsys := os.DirFS(dir)
	programs, problems := rego.NewLoader(rego.Options{}).Load(t.Context(), fsys, "")
	w := rego.Open(fsys, "")
	suites, more := sigtest.Find(fsys, "")
	for _, p := range slices.Concat(problems, w.Problems, more) {
		t.Errorf("problem: %s", p)
	}
	plan := sigtest.Plan{
		Engines: []sigtest.Engine{{Name: "topdown", Set: engine.NewSet(programs, engine.Limits{})}},
		Suites:  suites, Workspaces: []*rego.Workspace{w}, Coverage: true,
	}
	report, err := plan.Run(t.Context())
	if err != nil || report.Count(sigtest.StatusPass) != 2 || len(report.Outcomes) != 2 || len(report.Untested) > 0 {
		t.Errorf("%v: %+v", err, report)
	}
	for _, c := range report.Coverage {
		if c.Uncovered > 0 {
			t.Errorf("%s: lines %s are not reached", c.File, c.Ranges())
		}
	}
	found, err := lint.Run(t.Context(), []*rego.Workspace{w}, lint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("finding: %s", f)
	}
}

func TestRefusals(t *testing.T) {
	cases := []struct {
		name    string
		request Request
		want    string
	}{
		{"upper case", Request{Name: "Shadow", Lang: Rego}, "lower-case words"},
		{"a path", Request{Name: "../x", Lang: Rego}, "lower-case words"},
		{"a keyword", Request{Name: "default", Lang: Rego}, "a word of the language"},
		{"unknown event", Request{Name: "a_b", Lang: Rego, Event: "opnat"}, `no event "opnat": did you mean openat`},
		{"an event like no other", Request{Name: "a_b", Lang: Rego, Event: "zzzzzzzzzz"}, `no event "zzzzzzzzzz": there are`},
		{"unknown language", Request{Name: "a_b", Lang: "c"}, `no language "c"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.request.Dir = t.TempDir()
			if _, err := c.request.Write(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if entries, err := os.ReadDir(c.request.Dir); err != nil || len(entries) > 0 {
				t.Errorf("something was written: %v", entries)
			}
		})
	}
	t.Run("there already", func(t *testing.T) {
		r := Request{Name: "a_b", Dir: t.TempDir(), Lang: Rego}
		if _, err := r.Write(); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Write(); err == nil || !strings.Contains(err.Error(), "is there already") {
			t.Errorf("written over: %v", err)
		}
	})
}

// generatedTest runs the tests.yaml of a generated Go signature; the verb is
// the import of its package.
const generatedTest = `package scaffold

import (
	"os"
	"testing"

	signature %q
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/sigtest"
)

func TestGenerated(t *testing.T) {
	text, err := os.ReadFile(os.Getenv("GENERATED_TESTS"))
	if err != nil {
		t.Fatal(err)
	}
	suite, err := sigtest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	set := engine.NewSet([]engine.Program{golang.New(signature.Signature{})}, engine.Limits{})
	results, err := sigtest.Run(t.Context(), set, suite)
	if err != nil || len(results) != 2 {
		t.Fatal(results, err)
	}
	for _, r := range results {
		if !r.Passed() {
			t.Errorf("%%s: %%v", r.Case, r.Failures)
		}
	}
}
`

// A new signature in Go compiles and passes its tests: it is laid over this
// module, in the place of this test, without being in it.
func TestGo(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"openat", "ptrace"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			files, err := Request{Name: "my_signature", Dir: dir, Lang: Go, Event: name}.Write()
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			if formatted, err := format.Source(text); err != nil || !bytes.Equal(formatted, text) {
				t.Errorf("the file is not formatted: %v\n%s", err, formatted)
			}
			test := filepath.Join(dir, "generated_test.go")
			code := fmt.Sprintf(generatedTest, "github.com/weirsec/weir/signatures/generated/mysignature")
			if err := os.WriteFile(test, []byte(code), 0o600); err != nil {
				t.Fatal(err)
			}
			overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
				filepath.Join(root, "signatures/generated/mysignature/signature.go"): files[0],
				filepath.Join(root, "services/detector/scaffold/scaffold_test.go"):   test,
			}})
			if err != nil {
				t.Fatal(err)
			}
			list := filepath.Join(dir, "overlay.json")
			if err := os.WriteFile(list, overlay, 0o600); err != nil {
				t.Fatal(err)
			}
			run := exec.CommandContext(t.Context(), "go", "test", "-v", "-vet=off", "-overlay", list, "./services/detector/scaffold")
			run.Dir = root
			run.Env = append(os.Environ(), "GENERATED_TESTS="+files[1])
			out, err := run.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: TestGenerated") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
