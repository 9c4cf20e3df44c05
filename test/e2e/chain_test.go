package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// opened is a signature that fires where PATH is opened.
const opened = `package mine.opened

import rego.v1

import data.tracee.helpers

__rego_metadoc__ := {"id": "opened", "version": "1", "name": "Opened", "eventName": "was_opened", "properties": {"Severity": 1}}

tracee_selected_events contains {"source": "tracee", "name": "openat"}

tracee_match := {"path": path} if {
	path := helpers.get_tracee_argument("pathname")
	path == "PATH"
}
`

// thrice fires where one program opens it three times within a minute.
const thrice = `package mine.thrice

import rego.v1

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "thrice", "version": "1", "name": "Opened three times", "eventName": "thrice", "properties": {"Severity": 3},
	"correlation": {
		"type": "event_count",
		"group-by": ["processName"],
		"timespan": "1m",
		"condition": {"gte": 3},
	},
}

tracee_selected_events contains {"source": "tracee", "name": "openat"}

tracee_match if helpers.get_tracee_argument("pathname") == "PATH"
`

// second is a signature about findings of the first.
const second = `package mine.second

import rego.v1

import data.tracee.helpers

__rego_metadoc__ := {"id": "second", "version": "1", "name": "About a finding", "eventName": "second", "properties": {"Severity": 4}}

tracee_selected_events contains {"source": "tracee", "name": "was_opened"}

tracee_match := {"path": helpers.get_tracee_argument("path"), "by": input.processName, "of": cause.name} if {
	some arg in input.args
	arg.name == "triggeredBy"
	cause := arg.value
}
`

// third is one about the correlation's.
const third = `package mine.third

import rego.v1

import data.tracee.helpers

__rego_metadoc__ := {"id": "third", "version": "1", "name": "About a correlation", "eventName": "third"}

tracee_selected_events contains {"source": "tracee", "name": "thrice"}

tracee_match := {"count": helpers.get_tracee_argument("count")}
`

// chain writes the four signatures about a path.
func chain(t *testing.T, path string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"opened": opened, "thrice": thrice, "second": second, "third": third} {
		writeFile(t, filepath.Join(dir, name+".rego"), strings.ReplaceAll(text, "PATH", path))
	}
	return dir
}

// A correlation, findings of findings, and one of the correlation's finding, of
// what happens in the kernel now.
func TestChainsOfLiveEvents(t *testing.T) {
	needEBPF(t)
	watched := filepath.Join(t.TempDir(), "watched")
	writeFile(t, watched, "")
	weir, url := startRun(t, nil, "--signatures", chain(t, watched))
	findings := subscribe(t, url, "weir.findings.>")

	read(t, watched)
	read(t, watched)
	limit := 30 * time.Second
	about := findings.findingOf(t, limit, "second", nil)
	if about.Data["path"] != watched || about.Data["by"] != "cat" || about.Data["of"] != "openat" ||
		about.Event.EventName != "was_opened" || about.Signature.Severity != "critical" || len(about.Events) != 1 {
		t.Errorf("finding of a finding: %+v", about)
	}
	eventually(t, limit, "two findings, and two about them", func() error {
		if n := len(findings.all()); n != 4 {
			return fmt.Errorf("%d findings", n)
		}
		return nil
	})
	read(t, watched)
	enough := findings.findingOf(t, limit, "thrice", nil)
	group, _ := enough.Data["group"].(map[string]any)
	if enough.Data["count"] != 3.0 || group["processName"] != "cat" || len(enough.Events) != 3 || enough.Data["correlation"] != "event_count" {
		t.Errorf("correlation: %+v", enough)
	}
	if last := findings.findingOf(t, limit, "third", nil); last.Data["count"] != 3.0 || last.Event.EventName != "thrice" || len(last.Events) != 3 {
		t.Errorf("finding of the correlation: %+v", last)
	}
	if code := weir.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if n := len(uniqueIDs(findings.all())); n != 8 || n != len(findings.all()) {
		t.Errorf("%d findings, %d different ones, want 3 + 3 + 1 + 1", len(findings.all()), n)
	}
}

// The same of recorded events, in lines and in a recording, on one processor
// and on two: always the same findings in the order of the events.
func TestChainsOfRecordedEvents(t *testing.T) {
	dir := chain(t, "/etc/passwd")
	var input strings.Builder
	for i := range 9 {
		// Three within 40 s, then quiet for two minutes: each three are counted anew.
		at := 1680190419485136510 + int64(i)*20e9 + int64(i/3)*120e9
		input.WriteString(strings.Replace(openat("/etc/passwd"), "1680190419485136510", fmt.Sprint(at), 1))
		input.WriteString(openat("/etc/hosts"))
	}
	file := filepath.Join(t.TempDir(), "events.json")
	recording := filepath.Join(t.TempDir(), "events.weir")
	writeFile(t, file, input.String())
	weirSays(t, 0, []string{"18 events, 0 findings"}, "analyze", "--input", file, "--pack", "none", "--record", recording)

	var want string
	for _, from := range []string{file, recording} {
		for _, workers := range []string{"1", "2"} {
			stdout := weirSays(t, 0, []string{"18 events"}, "analyze", "--input", from, "--signatures", dir,
				"--workers", workers, "--output", "json")
			var got strings.Builder
			for _, f := range findingsOf(t, stdout) {
				fmt.Fprintf(&got, "%s %v %v %d\n", f.Signature.ID, f.Event.EventName, f.Data, len(f.Events))
			}
			if want == "" {
				want = got.String()
			}
			if got.String() != want {
				t.Errorf("%s on %s: got\n%swant\n%s", from, workers, got.String(), want)
			}
		}
	}
	count := map[string]int{}
	for line := range strings.Lines(want) {
		count[strings.Fields(line)[0]]++
	}
	if count["opened"] != 9 || count["second"] != 9 || count["thrice"] != 3 || count["third"] != 3 {
		t.Errorf("findings %v of\n%s", count, want)
	}
}
