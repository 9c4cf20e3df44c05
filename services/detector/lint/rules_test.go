package lint

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/services/detector/rego"
)

// plainHead is head without the import.
const plainHead = `package mine.sample

import rego.v1

__rego_metadoc__ := {
	"id": "sample",
	"version": "1.0.0",
	"name": "A sample",
	"eventName": "sample",
	"description": "Something was seen.",
	"properties": {"Severity": 2, "external_id": "T1059.004"},
}

`

const fires = "tracee_match if input.processId == 1\n"

func TestRulesAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if !regexp.MustCompile(`^WL\d{3}$`).MatchString(r.ID) || seen[r.ID] {
			t.Errorf("id %q", r.ID)
		}
		seen[r.ID] = true
		if !strings.HasSuffix(r.Summary, ".") || !strings.HasSuffix(r.Help, ".") || r.Name == "" || r.Severity.Rank() < 0 {
			t.Errorf("%+v", r)
		}
	}
	if !slices.IsSortedFunc(Rules(), func(a, b Rule) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the rules are not in the order of their ids")
	}
	if Error.Rank() <= Warning.Rank() || Warning.Rank() <= Info.Rank() {
		t.Error("the severities are not in order")
	}
}

func TestMetadata(t *testing.T) {
	const rest = onOpen + fires
	metadata := func(text string) string {
		return "package mine.sample\n\nimport rego.v1\n\n__rego_metadoc__ := " + text + "\n\n" + rest
	}
	cases := []struct {
		name, text string
		want       []string
	}{
		{"complete", plainHead + rest, nil},
		{"none", "package mine.sample\n\nimport rego.v1\n\n" + rest, []string{"a.rego:1:1: error WL010: there is no __rego_metadoc__"}},
		{"empty", metadata(`{"tags": []}`), []string{
			"a.rego:5:1: info WL019: properties.external_id is missing",
			"a.rego:5:1: error WL011: the signature has no id",
			"a.rego:5:1: warning WL013: the signature has no version",
			"a.rego:5:1: warning WL014: the signature has no name",
			"a.rego:5:1: warning WL015: the signature has no eventName",
			"a.rego:5:1: warning WL017: the signature has no description",
			"a.rego:5:1: warning WL018: properties.Severity is missing",
		}},
		{"odd values", metadata(`{"id": "x", "version": "1", "name": "n", "eventName": "Some-Event", "description": "d",` +
			"\n" + `"properties": {"Severity": 9, "external_id": "1059"}}`), []string{
			`a.rego:5:44: warning WL013: the version "1" is no semantic version`,
			`a.rego:5:75: warning WL015: the eventName "Some-Event" is not in snake_case`,
			"a.rego:6:16: error WL018: properties.Severity is 9",
			`a.rego:6:46: warning WL019: properties.external_id "1059" is no ATT&CK technique`,
		}},
		{"severity in words", metadata(`{"id": "x", "version": "1.0.0", "name": "n", "eventName": "e", "description": "d",` +
			"\n" + `"properties": {"Severity": "high", "external_id": "T1059"}}`), []string{
			"a.rego:6:16: error WL018: properties.Severity is no number",
		}},
		{"an id that is a number", metadata(`{"id": 7}`), []string{"a.rego:5:1: error WL010: it cannot be read: __rego_metadoc__"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			check(t, sorted(lintFiles(t, map[string]string{"a.rego": c.text}, Options{})), sorted(c.want))
		})
	}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

func TestSharedNames(t *testing.T) {
	text := plainHead + onOpen + fires
	check(t, lintFiles(t, map[string]string{"a.rego": text, "b.rego": text}, Options{}), []string{
		"b.rego:6:2: error WL012: the id sample is also that of a.rego",
		"b.rego:9:2: error WL016: the eventName sample is also that of a.rego",
	})
}

func TestSelectors(t *testing.T) {
	selector := func(text string) string { return "tracee_selected_events contains " + text + "\n" }
	cases := []struct {
		name, text string
		want       []string
	}{
		{"none", fires, []string{"a.rego:1:1: error WL020: tracee_selected_events selects no event"}},
		{"no source", selector(`{"name": "openat"}`) + fires, []string{"a.rego:14:1: error WL021: a selector without a source"}},
		{"another source", selector(`{"source": "falco", "name": "openat"}`) + fires, []string{
			`a.rego:14:44: error WL021: no event comes from the source "falco"`,
		}},
		{"unknown origin", selector(`{"source": "tracee", "name": "openat", "origin": "contaner"}`) + fires, []string{
			`a.rego:14:82: error WL023: no event has the origin "contaner": did you mean container`,
		}},
		{"misspelled event", selector(`{"source": "tracee", "name": "opneat"}`) + fires, []string{
			`a.rego:14:62: warning WL022: nothing here produces the event "opneat": did you mean openat`,
		}},
		{"misspelled in the second rule", selector(`{"source": "tracee", "name": "openat"}`) + selector(`{"source": "tracee", "name": "ptarce"}`) + fires, []string{
			`a.rego:15:62: warning WL022: nothing here produces the event "ptarce": did you mean ptrace`,
		}},
		{"its own kind", selector(`{"source": "tracee", "name": "other"}`) + fires, nil},
		{"all", selector(`{"source": "tracee", "name": "*"}`) + fires, []string{"a.rego:14:62: info WL025"}},
		{"no match", selector(`{"source": "tracee", "name": "openat"}`), []string{"a.rego:1:1: error WL024: there is no rule tracee_match"}},
		{"a text", selector(`{"source": "tracee", "name": "openat"}`) + "tracee_match := \"yes\" if input.processId == 1\n", []string{
			"a.rego:15:1: error WL024: tracee_match is a string; only true and an object are matches",
		}},
		{"a set", selector(`{"source": "tracee", "name": "openat"}`) + "tracee_match contains 1 if input.processId == 1\n", []string{
			"a.rego:15:1: error WL024: tracee_match is a set",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := lintFiles(t, map[string]string{"a.rego": plainHead + c.text}, Options{EventNames: []string{"other"}})
			check(t, got, c.want)
		})
	}
}

func TestStrictAndCalls(t *testing.T) {
	cases := []struct {
		name, text string
		want       []string
	}{
		{"unused variable", "tracee_match if {\n\tx := input.userId\n\tinput.processId == 1\n}\n", []string{
			"a.rego:17:2: warning WL201: assigned var x unused",
		}},
		{"unused argument", "tracee_match if f(1)\nf(x) if input.processId == 1\n", []string{"a.rego:17:1: warning WL201: unused argument x"}},
		{"a bad pattern", "tracee_match if regex.match(`/proc/(`, input.executable.path)\n", []string{
			"a.rego:16:29: error WL301: regex.match: error parsing regexp: missing closing )",
		}},
		{"the process's own name", "tracee_match if input.processName == \"sshd\"\n", []string{
			"a.rego:16:17: info WL302: the observed process chooses input.processName itself",
		}},
		{"the process's own name in a list", "names := {\"sshd\"}\ntracee_match if not names[input.processName]\n", []string{
			"a.rego:17:27: info WL302",
		}},
		{"the process's own name as data", "tracee_match := {\"name\": input.processName} if input.processId == 1\n", nil},
		{"network", "tracee_match if http.send({\"url\": \"http://x\"}).status == 200\n", []string{
			"a.rego:16:17: error WL002: http.send is not available to signatures: they have no network",
		}},
		{"syntax", "tracee_match if {\n", []string{"a.rego:17: error WL001: unexpected eof"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			check(t, lintFiles(t, map[string]string{"a.rego": plainHead + onOpen + c.text}, Options{}), c.want)
		})
	}
	t.Run("imports", func(t *testing.T) {
		text := strings.Replace(plainHead, "import rego.v1", "import data.tracee.helpers\nimport data.nowhere", 1)
		check(t, lintFiles(t, map[string]string{"a.rego": text + onOpen + "tracee_match if nowhere.x == 1\n"}, Options{}), []string{
			"a.rego:3:1: warning WL202: import data.tracee.helpers unused",
			"a.rego:4:1: warning WL205: nothing provides data.nowhere",
			"a.rego:17:1: error WL303", // which is what comes of it
		})
	})
}

func TestNever(t *testing.T) {
	cases := []struct {
		name, text string
		want       []string
	}{
		{"another event", onOpen + "tracee_match if input.eventName == \"openat\"\n", []string{
			"a.rego:16:1: error WL303: tracee_match can never be true for security_file_open",
		}},
		{"with a default", onOpen + "default tracee_match := false\n\ntracee_match if input.eventName == \"openat\"\n", []string{
			"a.rego:18:1: error WL303: tracee_match can never be true for security_file_open",
		}},
		{"one of two", onBoth + "tracee_match if {\n\tinput.eventName == \"openat\"\n\tinput.processId == 1\n}\n", []string{
			"a.rego:14:95: warning WL304: the event sched_process_exec is selected, but tracee_match can never be true for it",
		}},
		{"constants", onOpen + "x := 1\n\ntracee_match if {\n\tx == 2\n\tinput.processId == 1\n}\n", []string{"a.rego:18:1: error WL303"}},
		{"possible", onBoth + "tracee_match := true if input.executable.path != \"/x\"\n", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			check(t, lintFiles(t, map[string]string{"a.rego": plainHead + c.text}, Options{}), c.want)
		})
	}
}

func TestOldDialect(t *testing.T) {
	const text = `package tracee.Sample

import data.tracee.helpers

__rego_metadoc__ := {
    "id": "SAMPLE-1", "version": "0.1.0", "name": "A signature in Rego v0", "eventName": "sample",
    "description": "d", "properties": {"Severity": 1, "external_id": "T1059"},
}

tracee_selected_events[selector] {
    selector := {"source": "tracee", "name": ["openat", "execve"][_]}
}

tracee_match {
    startswith(helpers.get_tracee_argument("pathnam"), "/etc/passwd")
}
`
	check(t, lintFiles(t, map[string]string{"a.rego": text}, Options{}), []string{
		`a.rego:15:44: error WL103: none of the events execve, openat has an argument "pathnam": did you mean pathname`,
	})
}

func TestWanted(t *testing.T) {
	bad := plainHead + onOpen + "tracee_match if input.x == 1\n"
	files := map[string]string{"a.rego": bad, "b.rego": strings.ReplaceAll(bad, "sample", "other")}
	if got := lintFiles(t, files, Options{}); len(got) != 2 {
		t.Errorf("%q", got)
	}
	if got := lintFiles(t, files, Options{Wanted: []string{"sample"}}); len(got) != 1 || !strings.HasPrefix(got[0], "a.rego") {
		t.Errorf("%q", got)
	}
	fsys := fstest.MapFS{"a.rego": {Data: []byte(bad)}}
	_, err := Run(t.Context(), []*rego.Workspace{rego.Open(fsys, "")}, Options{Wanted: []string{"smaple"}})
	if err == nil || err.Error() != `no signature "smaple" can be looked at: did you mean sample?` {
		t.Error(err)
	}
}

func TestIgnore(t *testing.T) {
	body := func(comment, after string) string {
		return plainHead + onOpen + comment + "tracee_match if input.processName == \"x\"" + after + "\n"
	}
	cases := []struct {
		name, text string
		want       []string
	}{
		{"above", body("# weir:ignore WL302 the name is only shown\n", ""), nil},
		{"above, with another comment", body("# weir:ignore WL302 the name is only shown\n# more\n\n", ""), nil},
		{"beside", body("", " # weir:ignore WL302 the name is only shown"), nil},
		{"of the file", body("", "\n# weir:ignore-file WL302 the name is only shown"), nil},
		{"several", body("# weir:ignore WL301, WL302 why not\n", ""), nil},
		{"no reason", body("# weir:ignore WL302\n", ""), []string{
			"a.rego:16:1: warning WL401: weir:ignore WL302 gives no reason", "a.rego:17:17: info WL302",
		}},
		{"no rule", body("# weir:ignore because\n", ""), []string{
			"a.rego:16:1: warning WL401: weir:ignore names no rule", "a.rego:17:17: info WL302",
		}},
		{"unknown rule", body("# weir:ignore WL999 because\n", ""), []string{
			`a.rego:16:1: warning WL401: there is no rule "WL999"`, "a.rego:17:17: info WL302",
		}},
		{"nothing there", body("# weir:ignore WL301 because\n", ""), []string{
			"a.rego:16:1: warning WL402: there is no WL301 to ignore here", "a.rego:17:17: info WL302",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			check(t, lintFiles(t, map[string]string{"a.rego": c.text}, Options{}), c.want)
		})
	}
}

// A library is held against what all events have, once for all who need it.
func TestLibraries(t *testing.T) {
	const library = `package mine.lib

import rego.v1

by_name(name) if input.procesName == name

# weir:ignore WL302 only a hint
called(name) if input.processName == name

first := input.args[0].vale

with_argument(name) if input.args[_].name == name
`
	signature := func(id string) string {
		text := strings.Replace(plainHead, "import rego.v1", "import rego.v1\nimport data.mine.lib", 1)
		text = strings.ReplaceAll(text, "sample", id)
		return text + onOpen + "tracee_match if {\n\tlib.by_name(\"x\")\n\tlib.with_argument(\"envp\")\n}\n"
	}
	files := map[string]string{"lib.rego": library, "a.rego": signature("one"), "b.rego": signature("two")}
	check(t, lintFiles(t, files, Options{}), []string{
		`lib.rego:5:24: error WL101: events have no field "procesName": did you mean processName`,
		`lib.rego:10:24: error WL101: input.args[0] has no "vale": did you mean value`,
	})
}
