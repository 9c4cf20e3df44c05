package lint

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/services/detector/rego"
)

// head begins a signature with nothing to say against.
const head = `package mine.sample

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "sample",
	"version": "1.0.0",
	"name": "A sample",
	"eventName": "sample",
	"description": "Something was seen.",
	"properties": {"Severity": 2, "external_id": "T1059.004"},
}

`

// onOpen selects opened files; onBoth executed programs as well.
const (
	onOpen = `tracee_selected_events contains {"source": "tracee", "name": "security_file_open"}` + "\n\n"
	onBoth = `tracee_selected_events contains {"source": "tracee", "name": name} if some name in ["openat", "sched_process_exec"]` + "\n\n"
)

// lintFiles returns the findings of a directory of files, each on one line
// without its source.
func lintFiles(t *testing.T, files map[string]string, opts Options) []string {
	t.Helper()
	var lines []string
	for _, f := range findings(t, files, opts) {
		line, _, _ := strings.Cut(f.String(), "\n")
		lines = append(lines, line)
	}
	return lines
}

func findings(t *testing.T, files map[string]string, opts Options) []Finding {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	found, err := Run(t.Context(), []*rego.Workspace{rego.Open(fsys, "")}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func check(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(want):
			t.Errorf("not expected: %s", got[i])
		case i >= len(got):
			t.Errorf("missing: %s", want[i])
		case !strings.HasPrefix(got[i], want[i]):
			t.Errorf("got  %s\nwant %s", got[i], want[i])
		}
	}
}

func TestTypes(t *testing.T) {
	cases := []struct {
		name, text string
		want       []string
	}{
		{"nothing wrong", onOpen + `tracee_match if {
	helpers.get_tracee_argument("pathname") == "/etc/shadow"
	input.executable.path != "/usr/bin/passwd"
	input.processId > 1
	not input.contextFlags.containerStarted
}`, nil},
		{"misspelled field", onOpen + `tracee_match if input.eventNmae == "x"`, []string{
			`a.rego:16:23: error WL101: events have no field "eventNmae": did you mean eventName`,
		}},
		{"misspelled field below another", onOpen + `tracee_match if input.container.naem == "x"`, []string{
			`a.rego:16:33: error WL101: input.container has no "naem": did you mean name`,
		}},
		{"below a text", onOpen + `tracee_match if input.processName.path == "x"`, []string{
			`a.rego:16:35: error WL101: input.processName is a string and has nothing below it`,
		}},
		{"number and text", onOpen + `tracee_match if input.processId == "12"`, []string{
			`a.rego:16:17: error WL102: input.processId == "12" is never true: one side is a number, the other a string`,
		}},
		{"number and text, not equal", onOpen + `tracee_match if input.processId != "12"`, []string{
			`a.rego:16:17: error WL102: input.processId != "12" is always true: one side is a number, the other a string`,
		}},
		{"number and text, ordered", onOpen + `tracee_match if input.eventId > 12`, []string{
			`a.rego:16:17: error WL102: input.eventId > 12 compares a string with a number`,
		}},
		{"misspelled key of an argument", onOpen + `tracee_match if input.args[_].nam == "pathname"`, []string{
			`a.rego:16:31: error WL101: input.args[_] has no "nam": did you mean name`,
		}},
		{"misspelled key of an argument by iteration", onOpen + `tracee_match if {
	some arg in input.args
	arg.naem == "pathname"
}`, []string{`a.rego:18:6: error WL101: arg has no "naem": did you mean name`}},
		{"misspelled argument", onOpen + `tracee_match if helpers.get_tracee_argument("pathnaem") == "x"`, []string{
			`a.rego:16:45: error WL103: the event security_file_open has no argument "pathnaem": did you mean pathname`,
		}},
		{"argument of another event", onOpen + `tracee_match if helpers.get_tracee_argument("envp")[_] == "x"`, []string{
			`a.rego:16:45: error WL103: the event security_file_open has no argument "envp": there are ctime, dev, flags`,
		}},
		{"flags are words", onOpen + `tracee_match if {
	flags := helpers.get_tracee_argument("flags")
	flags == 1
}`, []string{`a.rego:18:2: error WL102: flags == 1 is never true: one side is a string, the other a number`}},
		{"a number for a function of texts", onOpen + `tracee_match if startswith(helpers.get_tracee_argument("inode"), "x")`, []string{
			`a.rego:16:17: error WL104: startswith: invalid argument(s)`,
		}},
		{"argument of one of two events", onBoth + `tracee_match if helpers.get_tracee_argument("argv")[0] == "x"`, nil},
		{"argument of neither", onBoth + `tracee_match if helpers.get_tracee_argument("remote_addr") == "x"`, []string{
			`a.rego:16:45: error WL103: none of the events openat, sched_process_exec has an argument "remote_addr"`,
		}},
		{"argument of the event that the rule is not about", onBoth + `tracee_match if {
	input.eventName == "openat"
	helpers.get_tracee_argument("argv")[0] == "x"
}`, []string{`a.rego:18:30: error WL103: the event openat has no argument "argv"`}},
		{"the other event in else", onBoth + `tracee_match := {"a": 1} if {
	input.eventName == "openat"
	helpers.get_tracee_argument("flags") == "x"
} else := {"a": 2} if {
	input.eventName in {"sched_process_exec"}
	helpers.get_tracee_argument("flags") == "y"
}`, []string{`a.rego:21:30: error WL103: the event sched_process_exec has no argument "flags"`}},
		{"misspelled argument by iteration", onBoth + `tracee_match if {
	some arg in input.args
	arg.name == "pathnam"
	arg.value == "/etc/passwd"
}`, []string{`a.rego:18:14: error WL103: none of the events openat, sched_process_exec has an argument "pathnam": did you mean pathname`}},
		{"misspelled argument by index", onOpen + `tracee_match if {
	some i
	"pathnam" == input.args[i].name
	input.args[i].value == "/etc/passwd"
}`, []string{`a.rego:18:2: error WL103: the event security_file_open has no argument "pathnam"`}},
		{"misspelled argument by assignment", onOpen + `tracee_match if {
	arg := input.args[_]
	arg.name == "pathnam"
	arg.value == "/etc/passwd"
}`, []string{`a.rego:18:14: error WL103: the event security_file_open has no argument "pathnam"`}},
		{"misspelled argument by key and value", onOpen + `tracee_match if {
	some _, arg in input.args
	arg.name == "pathnam"
	arg.value == "/etc/passwd"
}`, []string{`a.rego:18:14: error WL103: the event security_file_open has no argument "pathnam"`}},
		{"a name of something else", onOpen + `tracee_match if {
	some thing in [{"name": "pathnam"}, {"name": input.processName}]
	thing.name == "pathnam"
	input.args[_].name == "pathname"
}`, nil},
		{"an event that is not known here", `tracee_selected_events contains {"source": "tracee", "name": "no_such_event"}

tracee_match if helpers.get_tracee_argument("bytes") == "x"`, []string{
			`a.rego:14:62: warning WL022: nothing here produces the event "no_such_event"`,
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text := head + c.text + "\n"
			if !strings.Contains(text, "helpers.get") {
				text = strings.Replace(text, "import data.tracee.helpers", "", 1)
			}
			check(t, lintFiles(t, map[string]string{"a.rego": text}, Options{}), c.want)
		})
	}
}
