package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// fired tells matches as "signature on event (cause)".
func fired(matches []Match) []string {
	list := []string{}
	for _, m := range matches {
		text := m.Signature.Metadata.ID + " on " + m.Event.Name()
		if m.Cause != "" {
			text += " of " + m.Cause
		}
		list = append(list, text)
	}
	return list
}

func TestFindingsAreEvents(t *testing.T) {
	for _, c := range []struct {
		name     string
		programs []*written
		want     []string
	}{
		{
			"one selects the other's",
			[]*written{finds("B", "b", onOpenat()), finds("A", "a", on("b"))},
			[]string{"B on openat", "A on b of B@1"},
		},
		{
			"a chain, breadth first",
			[]*written{finds("1", "x", onOpenat()), finds("2", "y", onOpenat()), finds("3", "z", on("x"), on("y")), finds("4", "", on("z"))},
			[]string{
				"1 on openat", "2 on openat", "3 on x of 1@1", "3 on y of 2@1",
				"4 on z of 3@1+of.1@1", "4 on z of 3@1+of.2@1",
			},
		},
		{
			"nobody gets their own",
			[]*written{finds("A", "a", onOpenat(), on("a"))},
			[]string{"A on openat"},
		},
		{
			"a star is not for findings",
			[]*written{finds("A", "a", onOpenat()), finds("B", "b", sdk.Selector{Source: "tracee"}), finds("C", "c", on("a"))},
			[]string{"A on openat", "B on openat", "C on a of A@1"},
		},
		{
			"by origin",
			[]*written{
				finds("A", "a", onOpenat()),
				finds("B", "b", sdk.Selector{Source: "tracee", Name: "a", Origin: "container"}),
				finds("C", "c", sdk.Selector{Source: "tracee", Name: "a", Origin: "host"}),
			},
			[]string{"A on openat", "C on a of A@1"},
		},
		{
			"each once, however many selectors it meets",
			[]*written{finds("A", "a", onOpenat()), finds("B", "b", on("a"), on("a"), sdk.Selector{Source: "tracee", Name: "a", Origin: "host"})},
			[]string{"A on openat", "B on a of A@1"},
		},
		{
			"two that find the same",
			[]*written{finds("A", "a", onOpenat(), on("a")), finds("B", "a", onOpenat())},
			[]string{"A on openat", "B on openat", "A on a of B@1"},
		},
		{
			"a finding without a name is none",
			[]*written{finds("A", "", onOpenat()), finds("B", "b", sdk.Selector{Source: "tracee", Name: "*"})},
			[]string{"A on openat", "B on openat"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			slices.Reverse(c.programs)
			e := NewSet(programs(c.programs...), Limits{}).Evaluator()
			for range 2 {
				matches, faults := e.Evaluate(t.Context(), newEvent("openat", "host"))
				if got := fired(matches); !slices.Equal(got, c.want) || len(faults) > 0 {
					t.Errorf("got %q, want %q, faults %v", got, c.want, faults)
				}
			}
		})
	}
}

// What a signature finds in findings keeps the ids of the events of the stream,
// and findings of one signature on one event have ids of their own.
func TestFindingsNameTheirEvents(t *testing.T) {
	first := finds("A", "a", onOpenat())
	e := NewSet(programs(first, finds("B", "b", onOpenat(), on("a")), finds("C", "c", on("b"))), Limits{}).Evaluator()
	ev := newEvent("openat", "host")
	ev.Context.Node, ev.Context.BootID, ev.Seq = "n", "b", 7
	matches, _ := e.Evaluate(t.Context(), ev)
	seen := map[string]bool{}
	for _, m := range matches {
		if seen[m.Signature.Metadata.ID+m.Version()] {
			t.Errorf("two findings of %s have the version %s", m.Signature.Metadata.ID, m.Version())
		}
		seen[m.Signature.Metadata.ID+m.Version()] = true
		if m.Event.Name() != "openat" && !slices.Equal(m.Events, []string{"n/b/7"}) || m.Event.ID() != "n/b/7" {
			t.Errorf("%s on %s: events %q", m.Signature.Metadata.ID, m.Event.Name(), m.Events)
		}
	}
	if len(seen) != 5 {
		t.Errorf("got %q", fired(matches))
	}
}

// A finding about several events is one about them for those who select it.
func TestWindowsAreInherited(t *testing.T) {
	first := finds("A", "a", onOpenat())
	set := NewSet([]Program{windowed{first}, finds("B", "", on("a"))}, Limits{})
	matches, _ := set.Evaluator().Evaluate(t.Context(), newEvent("openat", "host"))
	if len(matches) != 2 || !slices.Equal(matches[1].Events, []string{"1", "2"}) || matches[1].WindowStart != 42 {
		t.Errorf("got %+v", matches)
	}
}

// windowed reports two events in a window.
type windowed struct{ *written }

func (w windowed) NewInstance(report func(Report)) Instance {
	return &writtenInstance{w.written, func(data map[string]any) {
		report(Report{Data: data, Events: []string{"1", "2"}, WindowStart: 42})
	}}
}

func TestChainsEnd(t *testing.T) {
	t.Run("depth", func(t *testing.T) {
		set := NewSet(programs(finds("A", "a", onOpenat(), on("b")), finds("B", "b", on("a"))), Limits{})
		matches, _ := set.Evaluator().Evaluate(t.Context(), newEvent("openat", "host"))
		if len(matches) != 1+maxDepth {
			t.Errorf("%d findings: %q", len(matches), fired(matches))
		}
		if deep, many := set.Unlinked(); deep != 1 || many != 0 {
			t.Errorf("unlinked: %d too deep, %d too many", deep, many)
		}
	})
	t.Run("number", func(t *testing.T) {
		var list []*written
		var all []sdk.Selector
		for i := range 12 {
			all = append(all, on(fmt.Sprint("f", i)))
		}
		for i := range 12 {
			list = append(list, finds(fmt.Sprintf("S%02d", i), fmt.Sprint("f", i), append(all, onOpenat())...))
		}
		set := NewSet(programs(list...), Limits{})
		matches, _ := set.Evaluator().Evaluate(t.Context(), newEvent("openat", "host"))
		deep, many := set.Unlinked()
		if want := 12 + maxDerived*11; len(matches) != want || uint64(len(matches)) != maxDerived+deep+many {
			t.Errorf("%d findings, want %d; %d too deep, %d too many", len(matches), want, deep, many)
		}
	})
}

func TestFindingEvent(t *testing.T) {
	w := finds("TRC-7", "seven", onOpenat())
	described := describedProgram{w, sdk.Metadata{
		ID: "TRC-7", Version: "0.1.0", Name: "Seven", EventName: "seven", Description: "d", Tags: []string{"linux"},
		Properties: map[string]any{"Severity": 2, "own": true},
	}}
	w.match = func(_ *Input, report func(map[string]any)) error {
		report(map[string]any{
			"b": "\xff", "a": 1, "c": int64(-2), "d": uint32(3), "e": uint64(1 << 63), "f": true, "g": []string{"x"},
			"h": float32(0.1), "i": 0.5, "j": []any{1, "x"}, "k": nil, "l": func() {}, "m": int32(4),
		})
		return nil
	}
	var got *event.Event
	watch := always("W", on("seven"))
	watch.match = func(in *Input, _ func(map[string]any)) error { got = in.Event; return nil }
	ev, err := event.ParseJSON([]byte(`{"eventName":"ptrace","eventId":"101","timestamp":5,"processName":"x",
		"returnValue":-1,"matchedPolicies":["p"],"stackAddresses":[7],"containerId":"c","contextFlags":{"containerStarted":true},
		"args":[{"name":"request","type":"long","value":0},{"name":"pid","type":"pid_t","value":9}]}`))
	if err != nil {
		t.Fatal(err)
	}
	w.selectors = []sdk.Selector{on("ptrace")}
	NewSet([]Program{described, watch}, Limits{}).Evaluator().Evaluate(t.Context(), ev)
	if got == nil {
		t.Fatal("no event was made of the finding")
	}
	text := string(event.AppendJSON(nil, got))
	for _, part := range []string{
		`"timestamp":5,`, `"eventName":"seven"`, `"argsNum":14`, `"returnValue":-1`, `"containerId":"c"`,
		`"matchedPolicies":["p"]`, `"stackAddresses":[7]`, `"containerStarted":true`,
		`"args":[{"name":"a","type":"int","value":1},` +
			`{"name":"b","type":"const char *","value":"` + "\ufffd" + `"},` +
			`{"name":"c","type":"long","value":-2},` +
			`{"name":"d","type":"unsigned int","value":3},` +
			`{"name":"e","type":"unsigned long","value":9223372036854775808},` +
			`{"name":"f","type":"bool","value":true},` +
			`{"name":"g","type":"const char**","value":["x"]},` +
			`{"name":"h","type":"float","value":0.1},` +
			`{"name":"i","type":"float64","value":0.5},` +
			`{"name":"j","type":"unknown","value":[1,"x"]},` +
			`{"name":"k","type":"unknown","value":null},` +
			`{"name":"l","type":"unknown","value":"no JSON: json: unsupported type: func()"},` +
			`{"name":"m","type":"int","value":4},` +
			`{"name":"triggeredBy","type":"unknown","value":{"id":101,"name":"ptrace","args":[` +
			`{"name":"request","type":"const char*","value":"PTRACE_TRACEME"},{"name":"pid","type":"pid_t","value":9}],"returnValue":-1}}]`,
		`"metadata":{"Version":"0.1.0","Description":"d","Tags":["linux"],"Properties":{"Category":null,"Severity":2,` +
			`"Technique":null,"external_id":null,"id":null,"own":true,"signatureID":"TRC-7","signatureName":"Seven"}}`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("no %s in\n%s", part, text)
		}
	}
	if _, err := event.ParseJSON([]byte(text)); err != nil {
		t.Errorf("the event cannot be read again: %v", err)
	}
	if got.Origin() != event.OriginContainer || got.Context != ev.Context {
		t.Errorf("origin %s, context %+v", got.Origin(), got.Context)
	}
}

// describedProgram has metadata of its own.
type describedProgram struct {
	*written
	metadata sdk.Metadata
}

func (d describedProgram) Metadata() sdk.Metadata { return d.metadata }

// An event without arguments triggers without telling of them, as in Tracee,
// and metadata that JSON cannot hold is told as such.
func TestFindingEventVariations(t *testing.T) {
	set := NewSet([]Program{
		describedProgram{finds("A", "", onOpenat()), sdk.Metadata{
			ID: "A", EventName: "a", Properties: map[string]any{"f": func() {}},
		}},
		finds("B", "b", on("a")),
	}, Limits{})
	matches, _ := set.Evaluator().Evaluate(t.Context(), newEvent("openat", "host"))
	made := matches[1].Event
	if len(made.Shape.Args) != 0 || !strings.Contains(string(made.Extra.Metadata), "unsupported type") ||
		!strings.Contains(string(made.Extra.Metadata), `"signatureID":"A"`) {
		t.Errorf("%s", event.AppendJSON(nil, made))
	}
}

// The ids must be the same after every change of everything but the id.
func TestFindingIDs(t *testing.T) {
	for id, want := range map[string]int32{"": 1672528962, "TRC-1": 1528846326, "anti_debugging": 1222674913} {
		if got := findingID(id); got != want || got < firstFindingID {
			t.Errorf("%q has the id %d, want %d", id, got, want)
		}
	}
}

func TestInterestWithoutFindings(t *testing.T) {
	set := NewSet(programs(
		finds("A", "a", onOpenat(), on("nobody's")),
		// One that is named as an event of the kernel takes nothing away.
		finds("B", "ptrace", on("a"), on("ptrace"), on("signature_quarantined")),
	), Limits{})
	if got, want := set.Interest().Names(), []string{"nobody's", "openat", "ptrace"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
