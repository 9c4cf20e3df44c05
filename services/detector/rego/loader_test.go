package rego

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/weirsec/weir/internal/conformance"
	"github.com/weirsec/weir/services/detector/problem"
	"github.com/weirsec/weir/signatures/sdk"
)

// good is a small signature that matches every openat.
const good = `package tracee.Good
import data.tracee.helpers
__rego_metadoc__ := {"id": "GOOD-1", "version": "1", "eventName": "good"}
tracee_selected_events[s] { s := {"source": "tracee", "name": "openat"} }
tracee_match { helpers.get_tracee_argument("pathname") != "" }
`

// v1 wraps a body of rules as a signature in Rego v1.
func v1(body string) string {
	return "package tracee.V1\nimport data.tracee.helpers\n" +
		`__rego_metadoc__ := {"id": "V1", "version": "1"}` + "\n" +
		`tracee_selected_events contains {"source": "tracee", "name": "openat"}` + "\n" + body + "\n"
}

func TestLoad(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		// loaded are the ids, in order; problems parts of the messages.
		loaded   []string
		problems []string
	}{
		{"good", map[string]string{"a.rego": good}, []string{"GOOD-1"}, nil},
		{
			"below directories",
			map[string]string{"x/y/a.rego": good, "b.rego": v1("tracee_match if true")},
			[]string{"V1", "GOOD-1"},
			nil,
		},
		{"not loaded by name", map[string]string{
			"a_test.rego": "garbage", "b.rego.disabled": "garbage", "c.txt": "garbage", ".old/d.rego": "garbage",
			"helpers.rego": "garbage",
		}, nil, nil},
		{
			"one bad file",
			map[string]string{"a.rego": "package tracee.A\n\ntracee_match { x == }", "b.rego": good},
			[]string{"GOOD-1"},
			[]string{"a.rego:3:21: unexpected }"},
		},
		{
			"bad v1",
			map[string]string{"a.rego": "package a\n\nimport rego.v1\n\ntracee_match if { y = = 1 }\n"},
			nil,
			[]string{"a.rego:5:"},
		},
		{
			"unsafe variable",
			map[string]string{"a.rego": v1("tracee_match if x == 1")},
			nil,
			[]string{"a.rego:5:17: var x is unsafe\n    tracee_match if x == 1\n                    ^"},
		},
		{
			"network",
			map[string]string{"a.rego": v1(`tracee_match if http.send({"method": "get", "url": "http://x"})`)},
			nil,
			[]string{"http.send is not available to signatures"},
		},
		{
			"clock",
			map[string]string{"a.rego": v1(`tracee_match if time.now_ns() > 0`)},
			nil,
			[]string{"time.now_ns is not available"},
		},
		{
			"process",
			map[string]string{"a.rego": v1(`tracee_match if opa.runtime().env.HOME`)},
			nil,
			[]string{"opa.runtime is not available"},
		},
		{
			"randomness",
			map[string]string{"a.rego": v1(`tracee_match if rand.intn("x", 2) == 1`)},
			nil,
			[]string{"rand.intn is not available"},
		},
		{
			"endless shift",
			map[string]string{"a.rego": v1(`tracee_match if bits.lsh(1, 8000000000) > 1`)},
			nil,
			[]string{"bits.lsh is not available"},
		},
		{"recursion", map[string]string{"a.rego": v1("tracee_match if a\na if b\nb if a")}, nil, []string{"recursive", "recursive"}},
		{"empty file", map[string]string{"a.rego": ""}, nil, []string{"a.rego: "}},
		{
			"no id",
			map[string]string{"a.rego": "package a\ntracee_match := true"},
			[]string{""},
			[]string{"no id", "selects no event"},
		},
		{"no match rule", map[string]string{"a.rego": v1("other := 1")}, []string{"V1"}, []string{"there is no rule"}},
		{"match is a set", map[string]string{"a.rego": v1(`tracee_match contains "x"`)}, []string{"V1"}, []string{"is a set"}},
		{"selector without source", map[string]string{
			"a.rego": "package a\n__rego_metadoc__ := {\"id\": \"A\"}\ntracee_selected_events := [{\"name\": \"x\"}]\ntracee_match := true",
		}, []string{"A"}, []string{"without a source"}},
		{"metadata conflict", map[string]string{
			"a.rego": "package a\n__rego_metadoc__ = {\"id\": \"A\"} { true }\n__rego_metadoc__ = {\"id\": \"B\"} { true }",
		}, nil, []string{"__rego_metadoc__"}},
		{
			"selectors of a wrong type",
			map[string]string{"a.rego": "package a\ntracee_selected_events := 1"},
			nil,
			[]string{"tracee_selected_events"},
		},
		{"import of nothing", map[string]string{
			"a.rego": "package a\nimport data.lib.nets\n__rego_metadoc__ := {\"id\": \"A\"}\n" +
				"tracee_selected_events := [{\"source\": \"tracee\"}]\ntracee_match := true if nets.bad",
		}, []string{"A"}, []string{"nothing provides data.lib.nets"}},
		{
			"loop in the metadata",
			map[string]string{"a.rego": "package a\n__rego_metadoc__ := {\"id\": \"A\"} if " +
				"count([1 | numbers.range(1, 100000)[_] < numbers.range(1, 100000)[_]]) == 7"},
			nil,
			[]string{"exceeded its budget"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			opts := Options{}
			if strings.HasPrefix(test.name, "loop") {
				opts.Timeout = 50e6
			}
			programs, problems := NewLoader(opts).Load(t.Context(), files(test.files), "")
			var ids []string
			for _, p := range programs {
				ids = append(ids, p.Metadata().ID)
			}
			if strings.Join(ids, ",") != strings.Join(test.loaded, ",") || len(ids) != len(test.loaded) {
				t.Errorf("loaded %q, want %q", ids, test.loaded)
			}
			checkProblems(t, problems, test.problems)
		})
	}
}

func checkProblems(t *testing.T, got []problem.Problem, want []string) {
	t.Helper()
	for i, p := range got {
		if i >= len(want) || !strings.Contains(p.String(), want[i]) {
			t.Errorf("problem %d: %s", i, p)
		}
	}
	if len(got) < len(want) {
		t.Errorf("%d problems, want %q", len(got), want)
	}
}

func TestPanicStaysWithItsFile(t *testing.T) {
	d := &directory{}
	d.guard("a.rego", func() { panic("surprise") })
	d.guard("b.rego", func() {})
	checkProblems(t, d.problems, []string{"a.rego: the file makes the loader panic: surprise"})
}

func TestLoadingStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	programs, problems := NewLoader(Options{}).Load(ctx, files(map[string]string{"a.rego": good, "b.rego": good}), "")
	if len(programs) != 0 {
		t.Errorf("%d signatures", len(programs))
	}
	checkProblems(t, problems, []string{"a.rego: loading was stopped"})
}

func TestLibraries(t *testing.T) {
	signature := "package tracee.A\nimport data.tracee.helpers\nimport data.lib.paths\n" +
		"__rego_metadoc__ := {\"id\": \"A\"}\ntracee_selected_events := [{\"source\": \"tracee\", \"name\": \"openat\"}]\n" +
		"tracee_match := {\"secret\": paths.secret, \"arg\": helpers.get_tracee_argument(\"pathname\")} if true\n"
	library := "package lib.paths\nimport data.lib.deeper\nsecret := deeper.value\n"
	deeper := "package lib.deeper\nvalue := 7\n"
	own := "package tracee.helpers\nget_tracee_argument(_) := \"mine\"\n"
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{
			"libraries reach each other",
			map[string]string{"a.rego": signature, "lib/b.rego": library, "lib/c.rego": deeper},
			`[{"secret":7,"arg":"/etc/passwd"}]`,
		},
		{
			"by name",
			map[string]string{"a.rego": signature, "b_helpers.rego": library, "c_helpers.rego": deeper},
			`[{"secret":7,"arg":"/etc/passwd"}]`,
		},
		{"own helpers take the place of ours", map[string]string{
			"a.rego": signature, "b.rego": library, "c.rego": deeper, "my_helpers.rego": own,
		}, `[{"secret":7,"arg":"mine"}]`},
		{"a broken library that is not used", map[string]string{
			"a.rego": signature, "b.rego": library, "c.rego": deeper, "d.rego": "package lib.other\nx := y if z\n",
		}, `[{"secret":7,"arg":"/etc/passwd"}]`},
		{"rules of the package in two files", map[string]string{
			"a.rego": strings.Replace(signature, "paths.secret", "more", 1), "b.rego": "package tracee.A\nmore := 8\n",
			"c.rego": "package lib.paths\nx := 1",
		}, `[{"secret":8,"arg":"/etc/passwd"}]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			programs, problems := NewLoader(Options{}).Load(t.Context(), files(test.files), "")
			if len(programs) != 1 {
				t.Fatalf("%d signatures, %v", len(programs), problems)
			}
			var got []map[string]any
			matches, faults := directEvents(t, programs, samples()["host"])
			for _, m := range matches {
				got = append(got, m.Data)
			}
			gotText := asJSON(t, got)
			if faults != 0 || asJSON(t, got) != reorder(t, test.want) {
				t.Errorf("%s and %d faults, want %s", gotText, faults, test.want)
			}
		})
	}
}

// The example of Tracee's documentation must work as it stands there, and a
// variant of our own says so where the documentation is not at hand.
func TestDocumentedExample(t *testing.T) {
	texts := map[string]string{}
	own, err := os.ReadFile(filepath.Join("testdata", "documented.rego"))
	if err != nil {
		t.Fatal(err)
	}
	texts["own variant"] = string(own)
	t.Run("own variant", func(t *testing.T) { checkExample(t, string(own)) })
	t.Run("documentation", func(t *testing.T) {
		page, err := os.ReadFile(filepath.Join(filepath.Dir(conformance.Path(t)), "documents", "tracee-rego-signatures.md.txt"))
		if err != nil {
			t.Fatal(err)
		}
		block := regexp.MustCompile("(?s)```opa\n(.*?)```").FindSubmatch(page)
		if block == nil {
			t.Fatal("no example on the page")
		}
		checkExample(t, regexp.MustCompile("(?m)^    ").ReplaceAllString(string(block[1]), ""))
	})
}

func checkExample(t *testing.T, text string) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "signature_example.rego"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	programs, problems := NewLoader(Options{}).Load(t.Context(), os.DirFS(dir), dir)
	if len(programs) != 1 || len(problems) != 0 {
		t.Fatalf("%d signatures, problems %v", len(programs), problems)
	}
	want := sdk.Metadata{ID: "Mine-0.1.0", Version: "0.1.0", Name: "My Own Signature", EventName: "mine"}
	got := programs[0].Metadata()
	if got.ID != want.ID || got.Version != want.Version || got.Name != want.Name || got.EventName != want.EventName {
		t.Errorf("metadata %+v", got)
	}
	if names := selectorNames(programs); strings.Join(names, ",") != "execve,openat" {
		t.Errorf("selects %v", names)
	}
	for name, e := range map[string]struct {
		text    string
		matches int
	}{
		"openat":       {`{"eventName":"openat","args":[{"name":"pathname","type":"const char*","value":"/etc/passwd"}]}`, 1},
		"execve":       {`{"eventName":"execve","args":[{"name":"pathname","type":"string","value":"/etc/passwd-"}]}`, 1},
		"another file": {`{"eventName":"openat","args":[{"name":"pathname","type":"const char*","value":"/etc/group"}]}`, 0},
		"no argument":  {`{"eventName":"openat","args":[]}`, 0},
	} {
		matches, faults := direct(t, programs, rawEvents(e.text))
		if len(matches) != e.matches || faults != 0 {
			t.Errorf("%s: %v, %d faults", name, matches, faults)
		}
		for _, m := range matches {
			if m.Data != nil {
				t.Errorf("%s: data %v", name, m.Data)
			}
		}
	}
}

func TestUnreadableFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"good.rego": good, "large.rego": strings.Repeat("#", maxFile+1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.rego"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "dangling.rego")); err != nil {
		t.Fatal(err)
	}
	// As Kubernetes mounts a ConfigMap.
	if err := os.Mkdir(filepath.Join(dir, "..2026"), 0o700); err != nil {
		t.Fatal(err)
	}
	mounted := filepath.Join(dir, "..2026", "mounted.rego")
	if err := os.WriteFile(mounted, []byte(v1("tracee_match := true")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..2026/mounted.rego", filepath.Join(dir, "mounted.rego")); err != nil {
		t.Fatal(err)
	}
	programs, problems := NewLoader(Options{}).Load(t.Context(), os.DirFS(dir), "sigs")
	if len(programs) != 2 {
		t.Errorf("%d signatures", len(programs))
	}
	checkProblems(t, problems, []string{"sigs/dangling.rego: ", "sigs/large.rego: 1048577 bytes", "sigs/pipe.rego: not a regular file"})
}
