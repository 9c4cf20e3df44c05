package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirsec/weir/signatures/sdk"
)

// panicking panics in the method that it names.
type panicking struct {
	*written
	in string
}

func (p panicking) here(name string) {
	if p.in == name {
		panic("in " + name)
	}
}

func (p panicking) Metadata() sdk.Metadata    { p.here("Metadata"); return p.written.Metadata() }
func (p panicking) Selectors() []sdk.Selector { p.here("Selectors"); return p.written.Selectors() }
func (p panicking) Digest() string            { p.here("Digest"); return p.written.Digest() }
func (p panicking) Source() string            { p.here("Source"); return p.written.Source() }
func (p panicking) State() []sdk.StateSpec    { p.here("State"); return nil }
func (p panicking) Check() error              { p.here("Check"); return nil }

func (p panicking) NewInstance(report func(Report)) Instance {
	p.here("NewInstance")
	if p.in == "nothing" {
		return nil
	}
	return p.written.NewInstance(report)
}

func TestPanicsOutsideEvaluations(t *testing.T) {
	for _, in := range []string{"Metadata", "Selectors", "Digest", "Source", "State", "Check"} {
		set := NewSet([]Program{panicking{always("A", onOpenat()), in}, always("B", onOpenat())}, Limits{})
		rejected := set.Rejected()
		if len(set.Signatures()) != 1 || len(rejected) != 1 || !strings.Contains(rejected[0].Err.Error(), "panic: in "+in) {
			t.Errorf("%s: %d loaded, rejected %+v", in, len(set.Signatures()), rejected)
		}
	}
	for _, in := range []string{"NewInstance", "nothing"} {
		set := NewSet([]Program{panicking{always("A", onOpenat()), in}, always("B", onOpenat())}, Limits{})
		matches, faults := set.Evaluator().Evaluate(t.Context(), newEvent("openat", "host"))
		if got := ids(matches); !slices.Equal(got, []string{"B"}) || len(faults) != 1 || faults[0].Signature.Metadata.ID != "A" {
			t.Errorf("%s: %q, faults %+v", in, got, faults)
		}
	}
}

func TestWrongDeclarations(t *testing.T) {
	twice := remembering{always("A", onOpenat()), []sdk.StateSpec{{Name: "s", TTL: 1}, {Name: "s", TTL: 1}}}
	set := NewSet([]Program{twice, always(QuarantineID, onOpenat())}, Limits{})
	var got []string
	for _, r := range set.Rejected() {
		got = append(got, r.ID+": "+r.Err.Error())
	}
	want := []string{
		`A: declared state: the store "s" is declared twice: names are unique in a signature`,
		QuarantineID + ": the id " + QuarantineID + " is Weir's own: choose another",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// told returns what the findings about quarantines say.
func told(matches []Match) []string {
	var list []string
	for _, m := range matches {
		if m.Signature.Metadata.ID == QuarantineID {
			list = append(list, fmt.Sprint(m.Data["signature"], " ", m.Data["reason"], " ", m.Data["count"], " ", m.Version()))
		}
	}
	return list
}

func TestQuarantineIsTold(t *testing.T) {
	bad := func(id string) *written {
		w := always(id, onOpenat())
		w.match = func(*Input, func(map[string]any)) error { panic(id) }
		return w
	}
	watch := always("watch", on("signature_quarantined"))
	set := NewSet(programs(bad("A"), bad("B"), always("C", onOpenat()), watch), Limits{Strikes: 1})
	e := set.Evaluator()
	matches, _ := e.Evaluate(t.Context(), newEvent("openat", "host"))
	want := []string{"A panic 1 1.0.0+of.A@1", "B panic 1 1.0.0+of.B@1"}
	if got := told(matches); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := ids(matches); !slices.Equal(got, []string{QuarantineID, QuarantineID, "C", "watch", "watch"}) {
		t.Errorf("got %q", got)
	}
	matches, _ = e.Evaluate(t.Context(), newEvent("openat", "host"))
	if got := ids(matches); !slices.Equal(got, []string{"C"}) {
		t.Errorf("after it %q", got)
	}
	q, out := set.Signatures()[0].Quarantine()
	if !out || q.Reason != ReasonPanic || q.Count != 1 || q.Detail != "the last of 1 strikes: panic: A" {
		t.Errorf("quarantine %+v", q)
	}
	if _, out := set.Signatures()[2].Quarantine(); out {
		t.Error("C is in quarantine")
	}
}

func TestErrorRate(t *testing.T) {
	limits := Limits{ErrorShare: 0.5, ErrorWindow: 20, ErrorMinimum: 10}
	for _, c := range []struct {
		name  string
		fails func(n int) bool
		out   int
	}{
		{"always", func(int) bool { return true }, 10},
		{"every second one", func(n int) bool { return n%2 == 0 }, 11},
		{"every third one", func(n int) bool { return n%3 == 0 }, 0},
		{"in bursts that are short", func(n int) bool { return n%40 < 8 }, 0},
		{"from some time on", func(n int) bool { return n >= 200 }, 210},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := -1
			w := always("A", onOpenat())
			w.match = func(*Input, func(map[string]any)) error {
				if n++; c.fails(n) {
					return errWritten
				}
				return nil
			}
			set := NewSet(programs(w), limits)
			e := set.Evaluator()
			out := 0
			for i := range 1000 {
				matches, faults := e.Evaluate(t.Context(), newEvent("openat", "host"))
				if len(told(matches)) > 0 {
					out = i + 1
					if !faults[0].Quarantined || faults[0].Kind != FaultError {
						t.Errorf("fault %+v", faults[0])
					}
				}
			}
			if out != c.out || set.Signatures()[0].Quarantined() != (c.out > 0) {
				t.Errorf("taken out after %d events, want %d", out, c.out)
			}
		})
	}
}

func TestLargeReports(t *testing.T) {
	self := map[string]any{}
	self["self"] = self
	type own struct{ A, B any }
	for _, c := range []struct {
		name string
		data map[string]any
		fits bool
	}{
		{"none", nil, true},
		{"small", map[string]any{"a": "x", "b": []string{"y"}, "c": json.Number("1"), "d": own{1, "z"}}, true},
		{"a long text", map[string]any{"a": strings.Repeat("x", 1000)}, false},
		{"a long key", map[string]any{strings.Repeat("x", 1000): 1}, false},
		{"many texts", map[string]any{"a": slices.Repeat([]string{"x"}, 300)}, false},
		{"many values", map[string]any{"a": slices.Repeat([]any{1}, 300)}, false},
		{"a number without end", map[string]any{"a": json.Number(strings.Repeat("1", 1000))}, false},
		{"raw JSON", map[string]any{"a": json.RawMessage(strings.Repeat(" ", 1000))}, false},
		{"it holds itself", self, false},
		{"own types", map[string]any{"a": []own{{strings.Repeat("x", 500), &own{B: strings.Repeat("x", 500)}}}}, false},
		{"own maps", map[string]any{"a": map[int]string{1: strings.Repeat("x", 1000)}}, false},
		{"bytes", map[string]any{"a": make([]byte, 1000)}, false},
		{"what writes much itself", map[string]any{"a": own{A: wordy(1000)}}, false},
		{"what writes itself", map[string]any{"a": time.Unix(0, 0)}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := always("A", onOpenat())
			w.match = func(_ *Input, report func(map[string]any)) error { report(c.data); return nil }
			matches, faults := NewSet(programs(w), Limits{DocumentBytes: 800}).Evaluator().
				Evaluate(t.Context(), newEvent("openat", "host"))
			if c.fits != (len(matches) == 1) || c.fits != (len(faults) == 0) {
				t.Fatalf("%d matches, %+v", len(matches), faults)
			}
			if !c.fits && (faults[0].Kind != FaultBudget || !errors.Is(faults[0].Err, ErrBudget)) {
				t.Errorf("fault %+v", faults[0])
			}
		})
	}
}

// wordy writes itself as so many bytes.
type wordy int

func (w wordy) MarshalText() ([]byte, error) { return make([]byte, w), nil }

// An author's errors and documents run the author's code when they are shown.
func TestHostileErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		kind FaultKind
		want string
	}{
		{"long", errors.New(strings.Repeat("ä", 100_000)), FaultError, strings.Repeat("ä", maxErrorText/2) + "…"},
		{"panics in its text", hostile{}, FaultPanic, "panic in the text of an error"},
		{"wraps a budget", fmt.Errorf("late: %w", ErrBudget), FaultBudget, "late: " + ErrBudget.Error()},
	} {
		w := always("A", onOpenat())
		w.match = func(*Input, func(map[string]any)) error { return c.err }
		_, faults := NewSet(programs(w), Limits{}).Evaluator().Evaluate(t.Context(), newEvent("openat", "host"))
		if len(faults) != 1 || faults[0].Kind != c.kind || faults[0].Err.Error() != c.want {
			t.Errorf("%s: %+v", c.name, faults)
		}
	}
}

// hostile panics wherever it is asked for something.
type hostile struct{}

func (hostile) Error() string                { panic("no text") }
func (hostile) MarshalJSON() ([]byte, error) { panic("no JSON") }

func TestHostileDocuments(t *testing.T) {
	w := finds("A", "a", onOpenat())
	w.match = func(_ *Input, report func(map[string]any)) error {
		report(map[string]any{"x": hostile{}})
		return nil
	}
	set := NewSet([]Program{
		w, describedProgram{always("B", onOpenat()), sdk.Metadata{
			ID: "B", EventName: "b", Properties: map[string]any{"x": hostile{}},
		}}, always("C", on("a"), on("b")),
	}, Limits{})
	matches, faults := set.Evaluator().Evaluate(t.Context(), newEvent("openat", "host"))
	if got := ids(matches); !slices.Equal(got, []string{"B", "C"}) || len(faults) != 1 || faults[0].Kind != FaultPanic {
		t.Errorf("%q, faults %+v", got, faults)
	}
	if text := string(matches[1].Event.Extra.Metadata); !strings.Contains(text, "panic: no JSON") {
		t.Errorf("metadata %s", text)
	}
}

// A signature that reports for ever is stopped like one that reports too much,
// and its error is told besides.
func TestReportsWithoutEnd(t *testing.T) {
	w := always("A", onOpenat())
	w.match = func(_ *Input, report func(map[string]any)) error {
		for range 1_000_000 {
			report(nil)
		}
		return errWritten
	}
	matches, faults := NewSet(programs(w), Limits{}).Evaluator().Evaluate(t.Context(), newEvent("openat", "host"))
	if len(matches) > 10_000 || len(faults) != 1 || !errors.Is(faults[0].Err, ErrBudget) || !errors.Is(faults[0].Err, errWritten) {
		t.Errorf("%d matches, faults %v", len(matches), faults)
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		limits Limits
		want   string
	}{
		{Limits{}, ""},
		{Limits{ErrorShare: 2, ErrorWindow: 10}, ""},
		{Limits{Strikes: -1}, "strikes"},
		{Limits{ErrorShare: -0.1}, "error share"},
		{Limits{ErrorShare: math.NaN()}, "error share"},
		{Limits{ErrorWindow: -1}, "error window"},
		{Limits{ErrorMinimum: -1}, "error minimum"},
		{Limits{ErrorMinimum: 20, ErrorWindow: 10}, "nothing would ever be judged"},
		{Limits{Cost: -1}, "cost"},
		{Limits{CostWindow: -1}, "cost window"},
		{Limits{DocumentBytes: -1}, "document bytes"},
	} {
		err := c.limits.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.limits, err, c.want)
		}
	}
}

// However many partitions see it fail at once, a signature is taken out once,
// and told of once.
func TestQuarantineAcrossPartitions(t *testing.T) {
	bad := always("bad", onOpenat())
	bad.match = func(*Input, func(map[string]any)) error { panic("surprise") }
	slow := always("slow", onOpenat())
	slow.match = func(*Input, func(map[string]any)) error { return fmt.Errorf("cut off: %w", ErrBudget) }
	set := NewSet(programs(bad, slow, always("good", onOpenat())), Limits{})
	var wait sync.WaitGroup
	var announced, matched atomic.Int64
	const partitions, events = 4, 500
	for range partitions {
		wait.Go(func() {
			e := set.Evaluator()
			for range events {
				matches, _ := e.Evaluate(t.Context(), newEvent("openat", "host"))
				announced.Add(int64(len(told(matches))))
				for _, m := range matches {
					if m.Signature.Metadata.ID == "good" {
						matched.Add(1)
					}
				}
			}
		})
	}
	wait.Wait()
	if announced.Load() != 2 || matched.Load() != partitions*events {
		t.Errorf("told %d times, %d matches of the good one", announced.Load(), matched.Load())
	}
	for _, s := range set.Stats()[:1] {
		if s.Events+s.Skipped != partitions*events || s.Errors != s.Events {
			t.Errorf("stats %+v", s)
		}
	}
}
