package sigtest

import (
	"encoding/xml"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/services/detector/rego/target"
)

// tree is a directory with a signature in each dialect and tests of all kinds.
func tree() fstest.MapFS {
	files := map[string]string{
		"t.rego": signature,
		"old.rego": `package tracee.Old
import data.tracee.helpers
__rego_metadoc__ := {"id": "OLD", "version": "1"}
tracee_selected_events[s] { s := {"source": "tracee", "name": "openat"} }
tracee_match { helpers.get_tracee_argument("pathname") == "/etc/passwd" }
`,
		"untested.rego": `package tracee.U
__rego_metadoc__ := {"id": "U", "version": "1"}
tracee_selected_events contains {"source": "tracee", "name": "openat"}
tracee_match if input.processId == 0
`,
		"tests.yaml": `signature: T
cases:
  - name: good
    events: [{eventName: openat, processId: 2}]
    findings: [{event: 0, data: {n: 1, pid: 2}}]
  - name: bad
    events: [{eventName: openat, processId: 3}]
    findings: [{event: 0, data: {n: 2, pid: 3}}]
`,
		"gone.tests.yaml": "signature: GONE\ncases: [{name: a, events: [{eventName: x}]}]\n",
		"old_test.rego": `package tracee.Old
test_match { tracee_match with input as {"args": [{"name": "pathname", "value": "/etc/passwd"}]} }
test_wrong {
    path := "/etc/shadow"
    print("looking at", path)
    tracee_match with input as {"args": [{"name": "pathname", "value": path}]}
}
todo_test_later { false }
`,
		"new_test.rego": `package mine_test
import data.tracee.Old
test_case[name] if {
	some name, path in {"passwd": "/etc/passwd", "shadow": "/etc/shadow"}
	Old.tracee_match with input as {"args": [{"name": "pathname", "value": path}]}
}
`,
	}
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// plan is the plan of a directory.
func plan(t *testing.T, fsys fstest.MapFS) Plan {
	t.Helper()
	programs, problems := rego.NewLoader(rego.Options{}).Load(t.Context(), fsys, "dir")
	workspace := rego.Open(fsys, "dir")
	suites, more := Find(fsys, "dir")
	for _, p := range slices.Concat(problems, workspace.Problems, more) {
		t.Errorf("problem: %s", p)
	}
	return Plan{
		Engines: []Engine{{"one", engine.NewSet(programs, engine.Limits{})}, {"two", engine.NewSet(programs, engine.Limits{})}},
		Suites:  suites, Workspaces: []*rego.Workspace{workspace},
	}
}

// brief is an outcome on one line.
func brief(o Outcome) string {
	text := strings.Join([]string{o.File, o.Suite, o.Name, o.Engine, string(o.Status)}, " ")
	for _, f := range o.Failures {
		text += "\n" + f.String()
	}
	return text
}

func TestPlan(t *testing.T) {
	report, err := plan(t, tree()).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range report.Outcomes {
		got = append(got, brief(o))
	}
	const bad = "\nevent 0 (openat): the data is not as expected\n      {\n    -   \"n\": 2\n    +   \"n\": 1\n        \"pid\": 3\n      }"
	want := []string{
		"dir/gone.tests.yaml GONE (all) one fail\nthe signature \"GONE\" is not loaded",
		"dir/gone.tests.yaml GONE (all) two fail\nthe signature \"GONE\" is not loaded",
		"dir/tests.yaml T good one pass",
		"dir/tests.yaml T bad one fail" + bad,
		"dir/tests.yaml T good two pass",
		"dir/tests.yaml T bad two fail" + bad,
		"dir/new_test.rego mine_test test_case topdown fail\ncase shadow is not true: dir/new_test.rego:5",
		"dir/old_test.rego tracee.Old test_match topdown pass",
		"dir/old_test.rego tracee.Old test_wrong topdown fail\nthe rule is not true: dir/old_test.rego:6",
		"dir/old_test.rego tracee.Old todo_test_later topdown skip",
	}
	if len(got) != len(want) {
		t.Fatalf("got %d outcomes:\n%s", len(got), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("got\n%s\nwant\n%s", got[i], want[i])
		}
	}
	if wrong := report.Outcomes[8]; wrong.Line != 3 || wrong.Output != "looking at /etc/shadow\n" ||
		!strings.Contains(brief(wrong), `"/etc/shadow"`) {
		t.Errorf("%+v\n%s", wrong, brief(wrong))
	}
	if first := report.Outcomes[2]; first.Line != 3 || first.Duration <= 0 {
		t.Errorf("%+v", first)
	}
	if !slices.Equal(report.Untested, []string{"U"}) {
		t.Errorf("untested: %q", report.Untested)
	}
}

func TestPlanFilter(t *testing.T) {
	p := plan(t, tree())
	p.Filter, p.LoadedOnly = regexp.MustCompile("good|Old.test_match"), true
	p.Engines = p.Engines[:1]
	report, err := p.Run(t.Context())
	if err != nil || len(report.Outcomes) != 2 || report.Count(StatusPass) != 2 {
		t.Fatalf("%v: %+v", err, report)
	}
}

// Rules may reach Weir's own functions, and replace them, on both engines.
func TestPlanFunctions(t *testing.T) {
	const asks = `package mine.asks
__rego_metadoc__ := {"id": "asks", "version": "1"}
tracee_selected_events contains {"source": "tracee", "name": "openat"}
tracee_match if weir.container(input.containerId).image == "x"
`
	const rules = `package mine.asks_test
import data.mine.asks
test_nothing_known if not asks.tracee_match with input as {"containerId": "c"}
test_replaced if asks.tracee_match with input as {"containerId": "c"} with weir.container as {"image": "x"}
`
	p := plan(t, fstest.MapFS{"asks.rego": {Data: []byte(asks)}, "asks_test.rego": {Data: []byte(rules)}})
	p.Targets = []Target{{"topdown", "rego"}, {"compiled", target.Name()}}
	report, err := p.Run(t.Context())
	if err != nil || len(report.Outcomes) != 4 || report.Count(StatusPass) != 4 {
		t.Errorf("%v", err)
		for _, o := range report.Outcomes {
			t.Error(brief(o))
		}
	}
}

// Test rules run on each target, in the order of the file.
func TestPlanTargets(t *testing.T) {
	p := plan(t, tree())
	p.Suites, p.Filter = nil, regexp.MustCompile("test_match|test_wrong")
	p.Targets = []Target{{"one", "rego"}, {"two", "rego"}}
	report, err := p.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range report.Outcomes {
		got = append(got, o.Name+" "+o.Engine)
	}
	if want := []string{"test_match one", "test_match two", "test_wrong one", "test_wrong two"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPlanCoverage(t *testing.T) {
	p := plan(t, tree())
	p.Coverage = true
	report, err := p.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range report.Coverage {
		got[c.File] = c.Ranges()
	}
	// The second body of T needs a process 7, which no case has; U has no test.
	want := map[string]string{"dir/old.rego": "", "dir/t.rego": "5", "dir/untested.rego": "4"}
	for file, lines := range want {
		if got[file] != lines {
			t.Errorf("%s: lines %q are not covered, want %q", file, got[file], lines)
		}
	}
	if full := (FileCoverage{}).Percent(); full != 100 {
		t.Errorf("a file without expressions is covered by %f", full)
	}
}

func TestCoverageRanges(t *testing.T) {
	if got := (FileCoverage{Lines: []int{1, 3, 4, 5, 9, 10}}).Ranges(); got != "1, 3-5, 9-10" {
		t.Error(got)
	}
}

func TestWriteJUnit(t *testing.T) {
	report, err := plan(t, tree()).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := report.WriteJUnit(&text); err != nil {
		t.Fatal(err)
	}
	var read junitSuites
	if err := xml.Unmarshal([]byte(text.String()), &read); err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	if read.Tests != 10 || read.Failures != 6 || read.Skipped != 1 || len(read.Suites) != 6 {
		t.Errorf("%d tests, %d failures, %d skipped, %d suites", read.Tests, read.Failures, read.Skipped, len(read.Suites))
	}
	cases, failures := 0, 0
	for _, s := range read.Suites {
		cases += len(s.Cases)
		failures += s.Failures
		for _, c := range s.Cases {
			if c.Failure != nil && (c.Failure.Message == "" || c.Failure.Text == "") {
				t.Errorf("%s: an empty failure", c.Name)
			}
		}
	}
	if cases != read.Tests || failures != read.Failures {
		t.Errorf("the suites add up to %d tests and %d failures", cases, failures)
	}
}

func TestFindProblems(t *testing.T) {
	suites, problems := Find(fstest.MapFS{
		"a/tests.yaml":    {Data: []byte("signature: [")},
		".old/tests.yaml": {Data: []byte("garbage")},
		"b/tests.yml":     {Data: []byte("signature: B\ncases: [{name: x}]")},
		"contests.yaml":   {Data: []byte("garbage")},
	}, "dir")
	if len(suites) != 1 || suites[0].File != "dir/b/tests.yml" {
		t.Errorf("suites %+v", suites)
	}
	if len(problems) != 1 || problems[0].File != "dir/a/tests.yaml" {
		t.Errorf("problems %v", problems)
	}
}

func TestDiffIsBounded(t *testing.T) {
	long := make([]int, 5000)
	if got := diff(long, []int{}); len(got) != maxDiff+1 || !strings.Contains(got[maxDiff], "lines more") {
		t.Errorf("%d lines", len(got))
	}
}
