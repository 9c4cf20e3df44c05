package explain

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/signatures/sdk"
)

var update = flag.Bool("update", false, "write the golden files anew")

const signature = `package mine.shadow

import data.tracee.helpers

__rego_metadoc__ := {"id": "shadow", "version": "1.0.0"}

tracee_selected_events contains {"source": "tracee", "name": "openat"}

tracee_selected_events contains {"source": "tracee", "name": "execve", "origin": "container"}

default tracee_match := false

tracee_match := {"path": path} if {
	input.eventName == "openat"
	path := helpers.get_tracee_argument("pathname")
	startswith(lower(path), "/etc/")
	some name in {"shadow", "gshadow", "passwd"}
	endswith(path, name)
	not allowed(input.executable.path)
} else := {"program": helpers.get_tracee_argument("argv")[0]} if {
	input.eventName == "execve"
	input.contextFlags.containerStarted
}

allowed(program) if program == "/usr/sbin/sshd"

allowed(program) if {
	some dir in ["/opt/", "/srv/"]
	startswith(program, dir)
}
`

// member is the only signature of a set.
func member(t *testing.T, text string) Subject {
	t.Helper()
	fsys := fstest.MapFS{"shadow.rego": {Data: []byte(text)}}
	programs, problems := rego.NewLoader(rego.Options{}).Load(t.Context(), fsys, "dir")
	w := rego.Open(fsys, "dir")
	if len(programs) != 1 || len(w.Signatures) != 1 {
		t.Fatal(problems, w.Problems)
	}
	set := engine.NewSet(programs, engine.Limits{})
	return Subject{Set: set, Member: set.Signatures()[0], Unit: w.Signatures[0]}
}

func parse(t *testing.T, text string) *event.Event {
	t.Helper()
	e, err := event.ParseJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func open(path, program string) string {
	return `{"eventName": "openat", "executable": {"path": "` + program + `"},` +
		`"args": [{"name": "pathname", "type": "const char*", "value": "` + path + `"}]}`
}

// golden compares a text with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestExplain(t *testing.T) {
	cases := []struct{ name, event string }{
		{"match", open("/etc/shadow", "/usr/bin/cat")},
		{"another_directory", open("/var/shadow", "/usr/bin/cat")},
		{"no_value_of_several", open("/etc/hosts", "/usr/bin/cat")},
		{"allowed_by_a_function", open("/etc/shadow", "/opt/tool")},
		{"no_argument", `{"eventName": "openat", "args": [{"name": "pathnam", "type": "const char*", "value": "/x"}]}`},
		{"hostile", open(`/etc/\u001b[2Jx`, `/x\u202ey`)},
		{"not_selected", `{"eventName": "execve", "args": [{"name": "argv", "type": "const char**", "value": ["sh"]}]}`},
		{"value_of_the_head", `{"eventName": "execve", "container": {"id": "c"}, "contextFlags": {"containerStarted": true}, "args": []}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			x, err := member(t, signature).Explain(t.Context(), []*event.Event{parse(t, c.event)})
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			if err := x.Write(&text); err != nil {
				t.Fatal(err)
			}
			golden(t, c.name+".txt", text.String())
			if strings.ContainsAny(text.String(), "\x1b\u202e") {
				t.Error("the text could move the cursor")
			}
		})
	}
}

func TestExplainFault(t *testing.T) {
	const conflict = `package mine.c
__rego_metadoc__ := {"id": "c", "version": "1"}
tracee_selected_events contains {"source": "tracee", "name": "openat"}
tracee_match := {"a": 1} if input.processId == 1
tracee_match := {"a": 2} if input.userId == 0
`
	x, err := member(t, conflict).Explain(t.Context(), []*event.Event{parse(t, `{"eventName": "openat", "processId": 1}`)})
	if err != nil {
		t.Fatal(err)
	}
	if x.Outcome != Failed || !strings.Contains(x.Error, "conflict") || len(x.Rules) != 2 {
		t.Errorf("%+v", x)
	}
}

// A rule that is called very often is counted to the end, in bounded memory.
func TestExplainManyCalls(t *testing.T) {
	const many = `package mine.m
__rego_metadoc__ := {"id": "m", "version": "1"}
tracee_selected_events contains {"source": "tracee", "name": "openat"}
tracee_match if {
	some x in numbers.range(1, 12000)
	odd(x)
	x == 0
}
odd(x) if x % 2 == 1
`
	x, err := member(t, many).Explain(t.Context(), []*event.Event{parse(t, `{"eventName": "openat"}`)})
	if err != nil || len(x.Rules) != 2 {
		t.Fatalf("%v: %+v", err, x)
	}
	match, odd := x.Rules[0], x.Rules[1]
	if odd.Calls != 12000 || !odd.Holds || match.Steps[2].Tries != 6000 {
		t.Errorf("%d calls, %d tries", odd.Calls, match.Steps[2].Tries)
	}
}

func TestExplainJSON(t *testing.T) {
	x, err := member(t, signature).Explain(t.Context(), []*event.Event{parse(t, open("/etc/shadow", "/opt/x"))})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "allowed.json", string(text)+"\n")
}

// counter is a Go signature that fires on its second event.
type counter struct{ seen *int }

func (counter) Metadata() sdk.Metadata { return sdk.Metadata{ID: "counter", Version: "1.0.0"} }

func (counter) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: "tracee", Name: "openat", Origin: "host"}}
}

func (c counter) OnEvent(ctx *sdk.Context, _ *event.Event) error {
	if *c.seen++; *c.seen == 2 {
		ctx.Report(map[string]any{"seen": *c.seen})
	}
	return nil
}

func TestExplainGo(t *testing.T) {
	seen := 0
	set := engine.NewSet([]engine.Program{golang.New(counter{&seen})}, engine.Limits{})
	s := Subject{Set: set, Member: set.Signatures()[0]}
	e := parse(t, `{"eventName": "openat"}`)
	x, err := s.Explain(t.Context(), []*event.Event{e, e})
	if err != nil {
		t.Fatal(err)
	}
	if x.Outcome != Matched || len(x.Data) != 1 || x.Rules != nil || x.Note == "" {
		t.Errorf("%+v", x)
	}
	inside := parse(t, `{"eventName": "openat", "container": {"id": "c"}}`)
	if x, err = s.Explain(t.Context(), []*event.Event{inside}); err != nil || x.Outcome != NotSelected ||
		x.Selectors[0].Reason != "the origin is container-init" {
		t.Errorf("%v: %+v", err, x)
	}
}

// narrowed is a signature in Go whose selector is narrowed.
type narrowed struct{}

func (narrowed) Metadata() sdk.Metadata { return sdk.Metadata{ID: "narrowed", Version: "1"} }

func (narrowed) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "openat", Where: &sdk.Where{Paths: []string{"/etc/"}}}}
}

func (narrowed) OnEvent(c *sdk.Context, _ *event.Event) error {
	c.Report(nil)
	return nil
}

// What a selector is narrowed to is told, and whether the kernel would have
// recorded the event.
func TestNarrowed(t *testing.T) {
	set := engine.NewSet([]engine.Program{golang.New(narrowed{})}, engine.Limits{})
	s := Subject{Set: set, Member: set.Signatures()[0]}
	for path, want := range map[string][]string{
		"/etc/x": {"from host: match", "✓ source tracee, name openat, origin *, where paths under /etc/\n", "✓ openat (paths under /etc/)"},
		"/x": {
			"not selected", "✗ source tracee, name openat, origin *, where paths under /etc/: it is narrowed to paths under /etc/\n",
			"wanted of the kernel\n  ✗ openat (paths under /etc/)",
		},
	} {
		x, err := s.Explain(t.Context(), []*event.Event{parse(t, open(path, "/bin/x"))})
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := x.Write(&out); err != nil {
			t.Fatal(err)
		}
		for _, part := range want {
			if !strings.Contains(out.String(), part) {
				t.Errorf("%s: %q is not there:\n%s", path, part, out.String())
			}
		}
		if x.Recorded != (path == "/etc/x") {
			t.Errorf("%s: recorded is %v", path, x.Recorded)
		}
	}
}
