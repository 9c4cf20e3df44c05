package sigtest

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/signatures/sdk"
)

const signature = `package tracee.T
__rego_metadoc__ := {"id": "T", "version": "1"}
tracee_selected_events contains {"source": "tracee", "name": "openat"}
tracee_match := {"pid": input.processId, "n": 1} if input.processId > 1
tracee_match := {"a": 1} if input.processId == 7
`

func set(t *testing.T) *engine.Set {
	t.Helper()
	programs, problems := rego.NewLoader(rego.Options{}).Load(t.Context(), fstest.MapFS{"t.rego": {Data: []byte(signature)}}, "")
	if len(programs) != 1 {
		t.Fatal(problems)
	}
	return engine.NewSet(programs, engine.Limits{})
}

func TestRun(t *testing.T) {
	const head = "signature: T\ncases:\n- name: c\n  events:\n"
	cases := []struct {
		name, text string
		failures   []string
	}{
		{"as expected", "  - {eventName: openat, processId: 2}\n  findings:\n  - {event: 0, data: {n: 1, pid: 2}}\n", nil},
		{"any data", "  - {eventName: openat, processId: 2}\n  findings:\n  - {event: 0}\n", nil},
		{"none", "  - {eventName: openat, processId: 1}\n  - {eventName: close, processId: 2}\n", nil},
		{"missing", "  - {eventName: openat, processId: 1}\n  findings:\n  - {event: 0}\n", []string{"no finding"}},
		{"unexpected", "  - {eventName: openat, processId: 2}\n", []string{"not expected"}},
		{"other data", "  - {eventName: openat, processId: 2}\n  findings:\n  - {event: 0, data: {n: 2}}\n", []string{"the data is not as expected\n      {\n    -   \"n\": 2\n    +   \"n\": 1\n    +   \"pid\": 2\n      }"}},
		{"fault", "  - {eventName: openat, processId: 7}\n", []string{"the evaluation failed"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, err := Parse([]byte(head + c.text))
			if err != nil {
				t.Fatal(err)
			}
			results, err := Run(t.Context(), set(t), s)
			if err != nil || len(results) != 1 {
				t.Fatal(results, err)
			}
			if results[0].Passed() != (len(c.failures) == 0) || len(results[0].Failures) != len(c.failures) {
				t.Fatalf("failures %q, want %q", results[0].Failures, c.failures)
			}
			for i, want := range c.failures {
				if !strings.Contains(results[0].Failures[i].String(), want) {
					t.Errorf("failure %q, want %q", results[0].Failures[i], want)
				}
			}
		})
	}
}

// panicky is a Go signature that cannot bear a process 1.
type panicky struct{}

func (panicky) Metadata() sdk.Metadata { return sdk.Metadata{ID: "panicky", Version: "1"} }

func (panicky) Selectors() []sdk.Selector {
	return []sdk.Selector{{Source: sdk.Source, Name: "openat"}}
}

func (panicky) OnEvent(_ *sdk.Context, e *event.Event) error {
	if e.Context.PID == 1 {
		panic("process 1")
	}
	return nil
}

// A case after which the signature is out must not make the next one pass
// because nothing is evaluated any more.
func TestRunQuarantine(t *testing.T) {
	set := engine.NewSet([]engine.Program{golang.New(panicky{})}, engine.Limits{Strikes: 2})
	const text = "signature: panicky\ncases:\n- name: one\n  events: [{eventName: openat, processId: 1}, {eventName: openat, processId: 1}]\n" +
		"- name: two\n  events: [{eventName: openat, processId: 2}]\n"
	s, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	results, err := Run(t.Context(), set, s)
	if err != nil || len(results) != 2 {
		t.Fatal(results, err)
	}
	if got := results[0].Failures; len(got) != 2 || !strings.Contains(got[0].String(), "event 0 (openat): the evaluation failed: panic: process 1") {
		t.Errorf("%v", got)
	}
	if got := results[1].Failures; len(got) != 1 || !strings.Contains(got[0].String(), "taken out") {
		t.Errorf("%v", got)
	}
}

// A signature in Go is the same on every engine, so its cases run once.
func TestGoRunsOnce(t *testing.T) {
	set := engine.NewSet([]engine.Program{golang.New(panicky{})}, engine.Limits{})
	s, err := Parse([]byte("signature: panicky\ncases: [{name: one, events: [{eventName: openat}]}]"))
	if err != nil {
		t.Fatal(err)
	}
	report, err := Plan{Engines: []Engine{{"a", set}, {"b", set}}, Suites: []*Suite{s}}.Run(t.Context())
	if err != nil || len(report.Outcomes) != 1 || report.Outcomes[0].Engine != "go" || report.Outcomes[0].Status != StatusPass {
		t.Errorf("%v: %+v", err, report)
	}
}

func TestRunUnknownSignature(t *testing.T) {
	_, err := Run(t.Context(), set(t), &Suite{Signature: "X"})
	if err == nil || !strings.Contains(err.Error(), `"X" is not loaded`) {
		t.Error(err)
	}
}

func TestParseErrors(t *testing.T) {
	cases := map[string]string{
		"signature: T":                                               "no cases",
		"cases: [{name: a}]":                                         "no signature",
		"signature: T\nsigs: 1\ncases: []":                           "sigs",
		"signature: T\ncases: [{events: []}]":                        "no name",
		"signature: T\ncases: [{name: a, findings: [{event: 0}]}]":   "event 0 of 0",
		"signature: T\ncases: [{name: a, events: [{processId: x}]}]": "event 0",
		"signature: T\ncases: [{name: a, events: [{eventName: x}, {eventName: x}], findings: [{event: 1}, {event: 0}]}]": "comes before",
		"signature: T\ncases:\n- name: a\n  events: [{eventName: x, processNaem: y}]":                                    `line 3: case 0 (a): event 0: events have no key "processNaem": did you mean processName`,
		"\x00": "tests",
	}
	for text, want := range cases {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("signature: T\ncases: [{name: a, events: [{eventName: x}], findings: [{event: 0, data: {a: 1}}]}]"))
	f.Add([]byte("&a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		for _, c := range s.Cases {
			for _, finding := range c.Findings {
				if finding.Event < 0 || finding.Event >= len(c.Events) {
					t.Errorf("finding of event %d among %d", finding.Event, len(c.Events))
				}
			}
		}
	})
}
