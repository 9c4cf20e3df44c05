package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/services/detector/sigbench"
	"github.com/weirsec/weir/services/detector/sigtest"
)

// words are the words of each line of a table.
func words(table string) [][]string {
	var lines [][]string
	for line := range strings.SplitSeq(strings.TrimSpace(table), "\n") {
		lines = append(lines, strings.Fields(line))
	}
	return lines
}

// A table of tests names what failed below, with what it printed, and nothing
// that could move the cursor.
func TestTestTable(t *testing.T) {
	var out bytes.Buffer
	err := testTable(&out, &sigtest.Report{
		Outcomes: []sigtest.Outcome{
			{File: "a/tests.yaml", Line: 3, Suite: "a", Name: "good", Engine: "one", Status: sigtest.StatusPass, Duration: 1500 * time.Nanosecond},
			{
				File: "a_test.rego", Suite: "tracee.a", Name: "test_\x1b[2J", Engine: "two", Status: sigtest.StatusFail, Output: "see\n",
				Failures: []sigtest.Failure{{Event: -1, Message: "the rule is not true", Diff: []string{"- x", "+ y\x1b"}}},
			},
			{File: "a_test.rego", Line: 9, Suite: "tracee.a", Name: "todo_test_b", Engine: "two", Status: sigtest.StatusSkip},
		},
		Coverage: []sigtest.FileCoverage{{File: "a.rego", Covered: 3, Uncovered: 1, Lines: []int{7}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `RESULT  TIME  ENGINE  SIGNATURE  TEST
pass    2µs   one     a          good
fail    0s    two     tracee.a   test_\x1b[2J
skip    0s    two     tracee.a   todo_test_b

a_test.rego: tracee.a test_\x1b[2J on two
  the rule is not true
    - x
    + y\x1b
  printed: see\n

COVERED  FILE    LINES NOT REACHED
75%      a.rego  7

1 passed, 1 failed, 1 skipped
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// Each engine has a ranking of its own, and is named where there are several.
func TestBenchTable(t *testing.T) {
	report := &sigbench.Report{
		Results: []sigbench.Result{
			{Signature: "dear", Engine: "one", Tier: "compiled", Selected: 10, Evaluated: 5, Nanos: 1234.4, Allocs: 2.25, Bytes: 64, Share: 0.75, Matches: 3},
			{Signature: "idle", Engine: "one", Tier: "go"},
			{Signature: "dear", Engine: "two", Tier: "topdown", Selected: 10, Evaluated: 10, Nanos: 9999, Share: 1, Errors: 3, Quarantined: true},
		},
		Totals: []sigbench.Total{{Engine: "one", Events: 12, Nanos: 900, Allocs: 1.5}, {Engine: "two", Events: 12, Nanos: 9000, Allocs: 3}},
	}
	var out bytes.Buffer
	if err := benchTable(&out, report, true); err != nil {
		t.Fatal(err)
	}
	lines := words(out.String())
	want := [][]string{
		{"RANK", "SHARE", "NS/EVENT", "ALLOCS", "BYTES", "SELECTED", "CANDIDATES", "MATCHES", "ERRORS", "TIER", "SIGNATURE"},
		{"1", "75%", "1234", "2.2", "64", "10", "50%", "3", "0", "compiled", "dear", "on", "one"},
		{"2", "0%", "0", "0.0", "0", "0", "-", "0", "0", "go", "idle", "on", "one"},
		{"1", "100%", "9999", "0.0", "0", "10", "100%", "0", "3", "topdown", "dear", "on", "two", "(quarantined)"},
	}
	for i := range want {
		if i >= len(lines) || !slices.Equal(lines[i], want[i]) {
			t.Errorf("line %d: got %q, want %q", i, lines[i], want[i])
		}
	}
	if !strings.Contains(out.String(), "all together on two: 9000 ns and 3.0 allocations an event, over 12 events") {
		t.Error(out.String())
	}
	out.Reset()
	if err := benchTable(&out, report, false); err != nil || strings.Contains(out.String(), "dear on") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// What several readers of the same files found wrong is told once.
func TestTell(t *testing.T) {
	bad := problem.Problem{Severity: problem.Error, File: "a.rego", Line: 1, Message: "wrong"}
	mild := problem.Problem{Severity: problem.Warning, File: "b.rego", Message: "odd"}
	var out bytes.Buffer
	if n := tell(&out, []problem.Problem{bad, mild}, nil, []problem.Problem{bad}); n != 1 {
		t.Errorf("%d errors", n)
	}
	if want := "a.rego:1: wrong\nb.rego: warning: odd\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// Of the shipped files only those of the pack are looked at.
func TestShippedFilesOfAPack(t *testing.T) {
	request := load.Request{Pack: "stable"}
	trees, err := request.Trees()
	if err != nil {
		t.Fatal(err)
	}
	found, problems := suites(trees)
	if len(problems) > 0 {
		t.Errorf("%v", problems)
	}
	var ids []string
	for _, s := range found {
		ids = append(ids, s.Signature)
	}
	slices.Sort(ids)
	if !slices.Equal(ids, trees[0].IDs) {
		t.Errorf("suites of %q, the pack has %q", ids, trees[0].IDs)
	}
	opened, err := workspaces(t.Context(), request, trees)
	if err != nil || len(opened) != 1 {
		t.Fatal(opened, err)
	}
	set, _, err := load.Load(t.Context(), request)
	if err != nil || len(opened[0].Signatures) == 0 {
		t.Fatal(err)
	}
	for _, u := range opened[0].Signatures {
		if !slices.ContainsFunc(set.Signatures(), func(s *engine.Signature) bool { return s.Source == u.Name }) {
			t.Errorf("%s is not of the pack", u.Name)
		}
	}
}

// Progress is for people: a file or a pipe gets none.
func TestProgressOnlyOnTerminals(t *testing.T) {
	if progressOn(new(bytes.Buffer)) != nil {
		t.Error("progress goes into a buffer")
	}
}
